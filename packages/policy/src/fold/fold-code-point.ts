/**
 * Threat: a forbidden word is written with other characters that a reader or a voice takes for the same.
 * Rule: each code point folds on its own (strip what is invisible, NFKD, no marks, folded case, look-alike letters), so the
 * fold of a stream never depends on how it was cut; where a character may be read in two ways, both readings are kept.
 * On failure: a character that is unknown here is a separator, never a reason to let a text pass unread.
 */
import { asciiDigit } from './ascii-digit.ts'
import { confusableLetters } from './confusable-letters.ts'
import { hangulFinals } from './hangul-finals.ts'
import { leetReadings } from './leet-readings.ts'

/** What stands between two letters, the strongest last. */
export const gaps = {
  none: 0,
  /** May be read as nothing or as a word boundary: a zero-width space, the seam of two utterances, letters of an unspaced script. */
  soft: 1,
  /** Punctuation, signs and emoji without white space. */
  punctuation: 2,
  /** Anything with white space in it. */
  space: 3,
} as const
export type Gap = (typeof gaps)[keyof typeof gaps]

export interface FoldedLetter {
  /** Code points; the first is the canonical one, which phrases are made of. */
  readonly readings: readonly number[]
  /** How many of them are plain; the rest are leet. */
  readonly plainCount: number
}

export interface FoldedCodePoint {
  /** As it came in, but a compatibility form as the ordinary character: what signs are told apart by. */
  readonly character: number
  /** Empty for a separator and for what is invisible. */
  readonly letters: readonly FoldedLetter[]
  /** What it separates when it is read as a separator; `none` for a letter and for what is invisible. */
  readonly gap: Gap
  /** A letter of a script written without spaces: a word may begin or end on either side of it. */
  readonly unspaced: boolean
  /** A vowel or final consonant of a decomposed Hangul syllable: belongs to the letter before it. */
  readonly continues: boolean
  /**
   * Invisible, and not a mark of the letter before it. Two words of a phrase may be joined by it instead of a blank, as
   * Persian does with the zero-width non-joiner; but no word begins or ends there, or "cl\u00adass" would be "ass".
   */
  readonly joins: boolean
}

type Fold = Omit<FoldedCodePoint, 'character'>
const invisible: Fold = { letters: [], gap: gaps.none, unspaced: false, continues: false, joins: false }
const joiner: Fold = { ...invisible, joins: true }
const softGap: Fold = { ...invisible, gap: gaps.soft }
const punctuation: Fold = { ...invisible, gap: gaps.punctuation }
const space: Fold = { ...invisible, gap: gaps.space }

/** Read as nothing, or as the boundary between two words. */
export const zeroWidthSpace = 0x200b
/** A braille pattern without dots is drawn as a blank. */
const brailleBlank = 0x2800
/** Drawn as a blank, or not at all, by the program that shows it: fillers, the Mongolian separator, control characters. */
const maybeBlank = /^(?:[\u115f\u1160\u180e\u3164\uffa0]|(?!\p{White_Space})\p{Cc})$/u
const whiteSpace = /^\p{White_Space}$/u
const unseen = /^[\p{Default_Ignorable_Code_Point}\p{Cf}]$/u
const mark = /^\p{M}$/u
const letterOrNumber = /^[\p{L}\p{N}]$/u
/** By extensions, because the long vowel mark of Katakana and circled ideographs belong to several scripts. */
const unspacedScript =
  /^[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]$/u
/**
 * Letters by their category, and apostrophes, primes, accents and stress marks to a reader: "do\u02bcse" is "do'se".
 * The letters of Unicode that are drawn as signs between letters; those that are letters made small are not among them.
 */
const drawnAsSign = /^[\u02b9-\u02bf\u02c6-\u02d1\u02ec\u02ee\u0374\u0559\u07f4\u07f5\ua717-\ua71f\ua788\ua78b\ua78c]$/
/** The Arabic and N'Ko strokes that only make a word longer. */
const stretch = /^[\u0640\u07fa]$/
const hangulVowelOrFinal = /^[\u1160-\u11ff\ud7b0-\ud7ff]$/

/** Letters in boxes, circles and flags that have no decomposition: first code point, number, letter of the first. */
const letterRuns = [
  [0x1f150, 26],
  [0x1f170, 26],
  [0x1f1e6, 26],
] as const

/** Words in one square, from U+1F18B and U+1F191 on, that have no decomposition either. */
const squaredWords: ReadonlyMap<number, string> = new Map([
  ...['ic', 'pa', 'sa', 'ab', 'wc'].map((word, place) => [0x1f18b + place, word] as const),
  ...['cl', 'cool', 'free', 'id', 'new', 'ng', 'ok', 'sos', 'up', 'vs'].map(
    (word, place) => [0x1f191 + place, word] as const,
  ),
])

const basicPlane: (FoldedCodePoint | undefined)[] = []
const otherPlanes = new Map<number, FoldedCodePoint>()
/** Enough for all emoji and mathematical letters; a stream of all other code points must not fill the memory. */
const maxOtherPlanes = 20_000

/** The fold of one code point, remembered. */
export function foldCodePoint(codePoint: number): FoldedCodePoint {
  if (codePoint <= 0xffff) return (basicPlane[codePoint] ??= compute(codePoint))
  const known = otherPlanes.get(codePoint)
  if (known !== undefined) return known
  if (otherPlanes.size >= maxOtherPlanes) otherPlanes.clear()
  const computed = compute(codePoint)
  otherPlanes.set(codePoint, computed)
  return computed
}

function compute(codePoint: number): FoldedCodePoint {
  return { ...fold(codePoint), character: ordinary(codePoint) }
}

function ordinary(codePoint: number): number {
  const composed = String.fromCodePoint(codePoint).normalize('NFKC')
  const found = composed.codePointAt(0) ?? codePoint
  return String.fromCodePoint(found).length === composed.length ? found : codePoint
}

function fold(codePoint: number): Fold {
  const character = String.fromCodePoint(codePoint)
  if (codePoint === zeroWidthSpace || maybeBlank.test(character)) return softGap
  if (whiteSpace.test(character) || codePoint === brailleBlank) return space
  if (unseen.test(character)) return joiner
  if (mark.test(character) || stretch.test(character)) return invisible
  if (drawnAsSign.test(character)) return punctuation
  const letters = decompose(codePoint, character)
  if (letters.length > 0) {
    return {
      letters: letters.map(readingsOf),
      gap: gaps.none,
      unspaced: unspacedScript.test(character) || letters.some((letter) => unspacedScript.test(letter)),
      continues: hangulVowelOrFinal.test(character),
      joins: false,
    }
  }
  const sign = signOf(character)
  return sign === undefined ? punctuation : { ...punctuation, letters: [sign] }
}

/** The letters and numbers in a character; empty for a separator. */
function decompose(codePoint: number, character: string): readonly string[] {
  for (const [first, count] of letterRuns) {
    if (codePoint >= first && codePoint < first + count) return [String.fromCharCode(0x61 + codePoint - first)]
  }
  const word = squaredWords.get(codePoint)
  if (word !== undefined) return [...word]
  const folded = caseFold(character.normalize('NFKD'))
  /** A fraction is no run of digits: "½ mg" must not be read as "12 mg". */
  if (folded.includes('\u2044')) return [character]
  const letters = [...folded].filter((part) => letterOrNumber.test(part) && !drawnAsSign.test(part))
  return letters.flatMap((part) => hangulFinals.get(part) ?? [part])
}

function caseFold(text: string): string {
  /** Lower case first: the capital sharp s has no other way to "ss". */
  const folded = stripMarks(text).toLowerCase().toUpperCase().toLowerCase().normalize('NFKD')
  return stripMarks(folded)
}

function stripMarks(text: string): string {
  return text.replace(/[\p{M}\p{Default_Ignorable_Code_Point}]/gu, '')
}

function readingsOf(letter: string): FoldedLetter {
  const codePoint = asciiDigit(letter.codePointAt(0) ?? 0)
  const plain = confusableLetters.get(codePoint) ?? [codePoint]
  const leet = plain.flatMap((reading) => leetReadings.get(reading) ?? [])
  const further = leet.filter((reading, index) => !plain.includes(reading) && leet.indexOf(reading) === index)
  return { readings: [...plain, ...further], plainCount: plain.length }
}

function signOf(character: string): FoldedLetter | undefined {
  const sign = character.normalize('NFKD').codePointAt(0) ?? 0
  const alike = leetReadings.has(sign) ? sign : confusableLetters.get(sign)?.[0]
  const leet = alike === undefined ? undefined : leetReadings.get(alike)
  if (alike === undefined || leet === undefined) {
    /** A sign that looks like a letter, as U+2200 like a turned A. */
    const letters = confusableLetters.get(sign)
    return letters === undefined ? undefined : { readings: letters, plainCount: 0 }
  }
  return { readings: [alike, ...leet], plainCount: 1 }
}
