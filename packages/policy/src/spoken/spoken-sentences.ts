/**
 * A sentence as it is heard, for regexes: numbers, signs and units in words of each language; number words and spelled
 * letters as figures and as the word that they spell; tags taken out. Only what differs from the sentence is read again.
 *
 * One way of each: the plainest words for a number, and digits one by one for three and more; number words up to 999.
 */
import { type PolicyLanguage, policyLanguages } from '@hyponema/contract'
import { foldForRecord } from '../fold/fold-for-record.ts'
import type { ReadSource } from '../fold/read-source.ts'
import { decodeReference } from './decode-reference.ts'
import { sayNumber } from './number-readings.ts'
import { cardinals } from './number-words.ts'
import { currencySigns, signWords, unitWords } from './sign-words.ts'
import { allLanguages, languageBit } from './spoken-languages.ts'
import { spokenWords } from './spoken-tables.ts'

export interface SpokenSentence {
  /** Bits of the languages in which it is said so. */
  readonly languages: number
  readonly source: ReadSource
}

interface Piece {
  readonly text: string
  readonly start: number
  readonly end: number
}

const readOut =
  /([\u20ac$\u00a3\u00a5]?)(\d+(?:[.,:'/-]\d+)*)|[@%&\u20ac$\u00a3\u00b0]|(?<=[\p{L}\p{N}])\.(?=[\p{L}\p{N}])|(?<![a-z])[a-z]{2,3}(?![a-z])/giu
const worthReading = /[\d@%&\u20ac$\u00a3\u00b0]|\p{L}\.\p{L}/u
const markup = /<[a-z/!?][^<>]{0,1000}>|&[#\w]{1,18};/giu
const wordOf = /[\p{L}\p{M}]+|\d/gu
const minSpelled = 3
/** "three hundred and seventy seven" and "quatre vingt dix sept" with a hundred before it. */
const maxNumberWords = 6

export function spokenSentences(given: string): readonly SpokenSentence[] {
  const sentences: SpokenSentence[] = []
  if (worthReading.test(given)) {
    for (const language of policyLanguages) {
      for (const manner of [0, 1]) {
        const pieces = inWords(given, language, manner)
        if (pieces.length > 0) sentences.push({ languages: languageBit(language), source: toSource(given, pieces) })
        if (!/\d{3}/.test(given)) break
      }
    }
  }
  const figures = inFigures(given)
  if (figures.length > 0) sentences.push({ languages: allLanguages, source: toSource(given, figures) })
  const tags = withoutMarkup(given)
  if (tags.length > 0) sentences.push({ languages: allLanguages, source: toSource(given, tags) })
  return sentences
}

/** What is read out; `manner` 1: the digits one by one. */
function inWords(given: string, language: PolicyLanguage, manner: number): readonly Piece[] {
  const pieces = [...given.matchAll(readOut)].flatMap(({ 0: found, 1: currency = '', 2: digits, index }) => {
    const said = digits === undefined ? sayOther(found, language) : sayIn(digits, currency, language, manner)
    return said === undefined ? [] : [{ text: said, start: index, end: index + found.length }]
  })
  return pieces.map(({ text, start, end }, place) => {
    const isApart = pieces[place + 1]?.start === end || !/^[\p{L}\p{N}]/u.test(given.slice(end, end + 2))
    return { text: `${/[^\s("']$/u.test(given.slice(0, start)) ? ' ' : ''}${text}${isApart ? '' : ' '}`, start, end }
  })
}

const numbersSaid = new Map<string, string>()
/** Forgotten together, because a text of nothing but numbers must not fill the memory. */
const maxNumbersSaid = 5000

function sayIn(digits: string, currency: string, language: PolicyLanguage, manner: number): string {
  const key = `${language}${manner}${currency}${digits}`
  const known = numbersSaid.get(key)
  if (known !== undefined) return known
  if (numbersSaid.size >= maxNumbersSaid) numbersSaid.clear()
  const ways = sayNumber(digits, language, currencySigns.has(currency) ? currency : '')
  const first = ways[0] ?? digits
  const said = manner === 0 ? first : (ways.find((way) => way.split(' ').length >= digits.length) ?? first)
  numbersSaid.set(key, said)
  return said
}

function sayOther(found: string, language: PolicyLanguage): string | undefined {
  const word = found.toLowerCase()
  const table = Object.hasOwn(signWords, word) ? signWords : unitWords
  return Object.hasOwn(table, word) ? table[word]?.[language][0] : undefined
}

/** The same text with number words as figures and what is spelled as it is spelled; undefined where nothing is. */
export function spokenFigures(given: string): ReadSource | undefined {
  const pieces = inFigures(given)
  return pieces.length === 0 ? undefined : toSource(given, pieces)
}

/** Number words as figures, and runs of letter names and digits as what they spell. */
function inFigures(given: string): readonly Piece[] {
  const words = [...given.matchAll(wordOf)].map(({ 0: word, index }) => ({
    word: foldForRecord(word),
    start: index,
    end: index + word.length,
  }))
  const pieces: Piece[] = []
  for (let index = 0; index < words.length; ) {
    const taken = spelledAt(words, index) ?? numberAt(words, index)
    if (taken === undefined) index += 1
    else {
      pieces.push({ text: taken.text, start: words[index]?.start ?? 0, end: words[index + taken.count - 1]?.end ?? 0 })
      index += taken.count
    }
  }
  return pieces
}

type Words = readonly { readonly word: string }[]

function spelledAt(words: Words, from: number): { readonly text: string; readonly count: number } | undefined {
  let text = ''
  let isTelling = false
  let count = 0
  for (let index = from; index < words.length; index += 1) {
    const word = words[index]?.word ?? ''
    const [reading] = word.length > 1 ? (spokenWords.get(word)?.spelled ?? []) : []
    if (reading === undefined && word.length !== 1) break
    text += reading === undefined ? word : String.fromCodePoint(...reading.symbols)
    isTelling ||= reading?.isOrdinary === false
    count += 1
  }
  return count >= minSpelled && isTelling ? { text, count } : undefined
}

function numberAt(words: Words, from: number): { readonly text: string; readonly count: number } | undefined {
  const numbers = figuresByWords
  if (!numbers.beginnings.has(words[from]?.word ?? '')) return undefined
  for (let count = Math.min(maxNumberWords, words.length - from); count > 0; count -= 1) {
    const said = words.slice(from, from + count)
    const value = numbers.values.get(said.map(({ word }) => word).join(' '))
    if (value !== undefined) return { text: value, count }
  }
  return undefined
}

interface Figures {
  readonly values: ReadonlyMap<string, string>
  readonly beginnings: ReadonlySet<string>
}
/** Four thousand entries that never change. */
const figuresByWords = collectFigures()

function collectFigures(): Figures {
  const values = new Map<string, string>()
  for (const language of policyLanguages) {
    /** "a", "un" and "una" are articles. */
    for (let value = 2; value < 1000; value += 1)
      for (const said of cardinals(value, language)) if (!values.has(said)) values.set(said, String(value))
  }
  return { values, beginnings: new Set([...values.keys()].map((said) => said.split(' ')[0] ?? '')) }
}

/** Tags stand for nothing, references for their character. */
function withoutMarkup(given: string): readonly Piece[] {
  if (!given.includes('<') && !given.includes('&')) return []
  return [...given.matchAll(markup)].flatMap(({ 0: found, index }) => {
    const decoded = found.startsWith('&') ? decodeReference(found) : undefined
    if (found.startsWith('&') && decoded === undefined) return []
    const text = decoded === undefined ? '' : String.fromCodePoint(decoded).toLowerCase()
    return [{ text, start: index, end: index + found.length }]
  })
}

/** The sentence with the pieces in their places. A match leads back to whole pieces. */
function toSource(given: string, pieces: readonly Piece[]): ReadSource {
  const starts: number[] = []
  const ends: number[] = []
  let text = ''
  const add = (piece: string, startOf: (place: number) => number, endOf: (place: number) => number): void => {
    for (let place = 0; place < piece.length; place += 1) {
      starts.push(startOf(place))
      ends.push(endOf(place))
    }
    text += piece
  }
  let at = 0
  const copy = (to: number): void => {
    const from = at
    add(
      given.slice(from, to),
      (place) => from + place,
      (place) => from + place + 1,
    )
  }
  for (const piece of pieces) {
    copy(piece.start)
    add(
      piece.text,
      () => piece.start,
      () => piece.end,
    )
    at = piece.end
  }
  copy(given.length)
  return {
    text,
    startOf: (place) => starts[place] ?? given.length,
    endOf: (place) => (place === 0 ? 0 : (ends[place - 1] ?? given.length)),
  }
}
