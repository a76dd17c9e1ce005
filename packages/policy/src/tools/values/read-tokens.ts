import { foldPlain } from './fold-plain.ts'
import { hundredWords, joiningWords, numberNames, spanishHundreds, thousandWords } from './number-names.ts'

/** A word, or a number with all that it may be read as: `1.200` is 1200 and 1.2. `digits` is how it is dialled. */
export type ValueToken =
  | { readonly kind: 'word'; readonly word: string }
  | { readonly kind: 'number'; readonly values: readonly number[]; readonly digits: string; readonly isSpoken: boolean }

/** Longest first: no name of a number below 100 has more words. */
const maxNameWords = 4

/** Words and numbers of a text in their order, numbers in words of en, de, fr and es among them. Signs are left out. */
export function readTokens(text: string): readonly ValueToken[] {
  const words = foldPlain(text)
    .replaceAll(/(\p{L})-(?=\p{L})/gu, '$1 ')
    .replaceAll(/(?<=\p{L})(hundert|tausend)|(hundert|tausend)(?=\p{L})/gu, ' $1$2 ')
    .match(/\d{1,3}(?:[.,'’ ]\d{3})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,]\d+)?|\p{L}+/gu)
  return joinNumbers(words ?? [])
}

function joinNumbers(words: readonly string[]): readonly ValueToken[] {
  const tokens: ValueToken[] = []
  let at = 0
  while (at < words.length) {
    const word = words[at] ?? ''
    if (/^\d/.test(word)) {
      tokens.push({ kind: 'number', values: readNumeral(word), digits: word.replaceAll(/\D/g, ''), isSpoken: false })
      at += 1
      continue
    }
    const spoken = readSpoken(words, at)
    if (spoken === undefined) {
      tokens.push({ kind: 'word', word })
      at += 1
    } else {
      tokens.push({ kind: 'number', values: [spoken.value], digits: String(spoken.value), isSpoken: true })
      at += spoken.length
    }
  }
  return tokens
}

/**
 * What a number in figures may be read as. Of two kinds of separators the last one is the decimal one; one that repeats is of
 * thousands; one alone before three digits may be either, and before any other number of them it is the decimal one.
 */
export function readNumeral(text: string): readonly number[] {
  const plain = text.replaceAll(/['’ ]/g, '')
  const last = /[.,](?=[^.,]*$)/.exec(plain)?.[0]
  if (last === undefined) return [Number(plain)]
  const parts = plain.split(last)
  const joined = Number(plain.replaceAll(/[.,]/g, ''))
  if (parts.length > 2) return hasGroups(plain) ? [joined] : []
  const [whole = '', fraction = ''] = parts
  const decimal = Number(`${whole.replaceAll(/[.,]/g, '')}.${fraction}`)
  const isGrouped = /[.,]/.test(whole)
  if (isGrouped) return hasGroups(whole) ? [decimal] : []
  return hasGroups(plain) ? [decimal, joined] : [decimal]
}

/** Groups of thousands, all between the same sign. */
function hasGroups(text: string): boolean {
  return /^-?[1-9]\d{0,2}(?:(?:\.\d{3})+|(?:,\d{3})+)$/.test(text)
}

interface Spoken {
  readonly value: number
  readonly length: number
}

/** `two hundred and fifty`, `zwei hundert funfzig`, `deux cent cinquante`, `doscientos cincuenta`. */
function readSpoken(words: readonly string[], from: number): Spoken | undefined {
  let total = 0
  let part = 0
  let at = from
  /** A number below 100 was read last, so another one begins a number of its own. */
  let isFull = false
  let end: number | undefined
  for (;;) {
    const word = words[at] ?? ''
    if (end !== undefined && joiningWords.has(word)) {
      at += 1
      continue
    }
    const small = isFull ? undefined : belowHundred(words, at)
    const hundreds = spanishHundreds.get(word)
    const thousand = thousandWords.get(word)
    if (small !== undefined) {
      part += small.value
      isFull = true
      at += small.length
    } else if (hundreds !== undefined && part === 0) {
      part = hundreds
      at += 1
    } else if (hundredWords.has(word) && part < 100 && (end !== undefined || word !== 'hundred')) {
      part = Math.max(part, 1) * 100
      isFull = false
      at += 1
    } else if (
      thousand !== undefined &&
      (end !== undefined || word === 'tausend' || word === 'mille' || word === 'mil')
    ) {
      total += Math.max(part, 1) * thousand
      part = 0
      isFull = false
      at += 1
    } else break
    end = at
  }
  return end === undefined ? undefined : { value: total + part, length: end - from }
}

function belowHundred(words: readonly string[], at: number): Spoken | undefined {
  for (let length = Math.min(maxNameWords, words.length - at); length > 0; length -= 1) {
    const value = numberNames.get(words.slice(at, at + length).join(' '))
    if (value !== undefined) return { value, length }
  }
  return undefined
}
