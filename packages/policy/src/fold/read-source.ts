/**
 * A text as regexes read it: without invisible characters, NFKC, lower case, all decimal digits as 0 to 9, separators kept,
 * with a way back to the offsets of the text that was given.
 *
 * Lower case is not case folding: "ß" folds to "ss". Where that makes a difference there is a second reading, folded; a
 * match in either counts. One reading alone would take "ß" away from sets and ranges of letters ("[a-zà-ÿ]").
 */
import { asciiDigit } from './ascii-digit.ts'

export interface ReadSource {
  readonly text: string
  /** The offset at which the character at this place begins in the given text. */
  readonly startOf: (place: number) => number
  /** The offset behind the character before this place. */
  readonly endOf: (place: number) => number
}

const ascii = /^[\t\n\r\x20-\x7e]*$/
/** A character with its marks (NFKC joins them), or decomposed Hangul; then whatever invisible follows. */
const cluster =
  /(?:[\u1100-\u115f][\u1160-\u11a7]?[\u11a8-\u11ff]?|[^\p{M}])[\p{M}\p{Default_Ignorable_Code_Point}]*|[\p{M}\p{Default_Ignorable_Code_Point}]+/gsu
const digit = /\p{Nd}/gu
/** Drawn as a blank; the fillers of decomposed Hangul only where they fill no syllable. */
const filler = /[\u180e\u3164\uffa0]|(?<![\u1100-\u115e])[\u115f\u1160]+(?![\u1161-\u11ff])/g
const unseen = /[\p{Default_Ignorable_Code_Point}\p{Cf}]|(?![\t\n\v\f\r\u0085])\p{Cc}/gu

/** The text in lower case, and folded where that is another text. */
export function readSource(given: string): readonly [ReadSource, ...ReadSource[]] {
  if (ascii.test(given)) return [{ text: given, startOf: (place) => place, endOf: (place) => place }]
  const clusters = [...given.matchAll(cluster)].map(({ 0: { length }, 0: characters, index }) => {
    return { start: index, end: index + length, read: readCluster(characters) }
  })
  const folded = clusters.map((part) => ({ ...part, read: foldCase(part.read) }))
  const lower = toSource(clusters, given.length)
  return folded.some(({ read }, index) => read !== clusters[index]?.read)
    ? [lower, toSource(folded, given.length)]
    : [lower]
}

/** Full case folding in NFC (Unicode 3.13, toNFKC_Casefold) of a text that is read in lower case already. */
export function foldCase(read: string): string {
  if (ascii.test(read)) return read
  /** Dotless i is its own folding, though its capital is the ordinary one; the final sigma is any sigma to RE2 already. */
  return read.replaceAll(/[^\u0131\u03c2]+/g, (part) => part.toUpperCase().toLowerCase().normalize('NFC'))
}

interface Cluster {
  readonly start: number
  readonly end: number
  readonly read: string
}

function toSource(clusters: readonly Cluster[], length: number): ReadSource {
  const starts: number[] = []
  const ends: number[] = []
  for (const { start, end, read } of clusters) {
    for (let place = 0; place < read.length; place += 1) {
      starts.push(start)
      ends.push(end)
    }
  }
  return {
    text: clusters.map(({ read }) => read).join(''),
    startOf: (place) => starts[place] ?? length,
    endOf: (place) => (place === 0 ? 0 : (ends[place - 1] ?? length)),
  }
}

function readCluster(characters: string): string {
  const read = characters
    .replace(filler, ' ')
    .replace(unseen, '')
    .normalize('NFKC')
    .replaceAll('\u0130', 'i')
    .toLowerCase()
  return read.replaceAll(digit, (found) => String.fromCodePoint(asciiDigit(found.codePointAt(0) ?? 0)))
}
