/**
 * A text as regexes read it: without invisible characters, NFKC, lower case, all decimal digits as 0 to 9, separators kept,
 * with a way back to the offsets of the text that was given.
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
/** Drawn as a blank. */
const filler = /[\u180e\u3164\uffa0]/g
const unseen = /[\p{Default_Ignorable_Code_Point}\p{Cf}]|(?![\t\n\v\f\r\u0085])\p{Cc}/gu

export function readSource(given: string): ReadSource {
  if (ascii.test(given)) return { text: given, startOf: (place) => place, endOf: (place) => place }
  const pieces: string[] = []
  const starts: number[] = []
  const ends: number[] = []
  for (const { 0: characters, index } of given.matchAll(cluster)) {
    const read = readCluster(characters)
    pieces.push(read)
    for (let place = 0; place < read.length; place += 1) {
      starts.push(index)
      ends.push(index + characters.length)
    }
  }
  return {
    text: pieces.join(''),
    startOf: (place) => starts[place] ?? given.length,
    endOf: (place) => (place === 0 ? 0 : (ends[place - 1] ?? given.length)),
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
