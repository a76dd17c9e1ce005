/**
 * A phrase as the automaton walks it: canonical letters, and one separator between words. A phrase is exact words: it has
 * no plurals, no stems, and it does not find itself inside a longer word.
 *
 * Besides the phrase as written there are two variants. "e-mail" is also the word "email", but "U.S." is never
 * the word "us", and "f'ed" never "fed": only words of 5 letters and more are closed, with a part of 2 letters in them. A long phrase is also found when its blanks are left out ("takefourhundred"): three
 * words and 8 letters, or 12 letters; shorter ones would find themselves in ordinary words ("the rapist").
 */
import { type FoldedCodePoint, foldCodePoint, gaps } from './fold-code-point.ts'

/** The symbol of a separator; no letter has this code point. */
export const separator = 0

type Item =
  | { readonly kind: 'letter'; readonly letter: number }
  | { readonly kind: 'sign'; readonly sign: number; readonly inner: boolean }
  | { readonly kind: 'punctuation' }
  | { readonly kind: 'space' }

/** Signs that end or quote a sentence far more often than they belong to a name. They are letters only inside a word. */
const innerOnly = new Set(['!', '|', '\u00a1'].map((sign) => sign.codePointAt(0)))
const bracketsLikeC = new Set(['(', '<'].map((sign) => sign.codePointAt(0)))

/** All ways to write the phrase, each a sequence of symbols; empty when nothing of it is a letter or a number. */
export function foldPhrase(phrase: string): readonly (readonly number[])[] {
  const words = splitWords(itemsOf(phrase))
  const asWritten = words.map((word) => word.filter((segment) => segment.length > 0)).filter((word) => word.length > 0)
  if (asWritten.length === 0) return []
  const separated = join(asWritten.flat())
  const closed = join(asWritten.flatMap((word) => (mayBeClosed(word) ? [word.flat()] : word)))
  const variants = [separated, closed]
  const letters = separated.filter((symbol) => symbol !== separator)
  if (asWritten.length > 1 && ((asWritten.length > 2 && letters.length >= 8) || letters.length >= 12))
    variants.push(letters)
  return variants.filter((variant, index) => variants.findIndex((other) => isSame(other, variant)) === index)
}

function mayBeClosed(word: readonly (readonly number[])[]): boolean {
  return word.flat().length >= 5 && word.some((segment) => segment.length > 1)
}

function itemsOf(phrase: string): readonly Item[] {
  return [...phrase].flatMap((character) => {
    const folded = foldCodePoint(character.codePointAt(0) ?? 0)
    if (folded.letters.length === 0) return gapItems(folded)
    if (folded.gap === gaps.none)
      return folded.letters.map(({ readings }): Item => ({ kind: 'letter', letter: readings[0] ?? 0 }))
    const sign = folded.letters[0]
    if (sign === undefined || sign.plainCount === 0) return [{ kind: 'punctuation' }]
    const literal = sign.readings[0] ?? 0
    if (bracketsLikeC.has(literal)) return [{ kind: 'punctuation' }]
    return [{ kind: 'sign', sign: literal, inner: innerOnly.has(literal) }]
  })
}

function gapItems(folded: FoldedCodePoint): readonly Item[] {
  if (folded.gap === gaps.none) return []
  return [{ kind: folded.gap === gaps.punctuation ? 'punctuation' : 'space' }]
}

/** Words, each of the segments that punctuation cuts it into. */
function splitWords(items: readonly Item[]): readonly (readonly number[][])[] {
  const words: number[][][] = [[[]]]
  for (const [index, item] of items.entries()) {
    const word = words.at(-1) ?? []
    if (item.kind === 'letter') word.at(-1)?.push(item.letter)
    else if (item.kind === 'sign' && isPartOfWord(items, index)) word.at(-1)?.push(item.sign)
    else if (item.kind === 'space') words.push([[]])
    else word.push([])
  }
  return words
}

/** "c++" and "@55" are names; the mark after "hello!" is not part of the word. */
function isPartOfWord(items: readonly Item[], index: number): boolean {
  const item = items[index]
  const isWordLike = (other: Item | undefined): boolean =>
    other?.kind === 'letter' || (other?.kind === 'sign' && !other.inner)
  const before = isWordLike(items[index - 1])
  const after = isWordLike(items[index + 1])
  return item?.kind === 'sign' && item.inner ? before && after : before || after
}

function join(segments: readonly (readonly number[])[]): readonly number[] {
  return segments.flatMap((segment, index) => (index === 0 ? segment : [separator, ...segment]))
}

function isSame(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((symbol, index) => symbol === right[index])
}
