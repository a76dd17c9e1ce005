/**
 * The text with letters that look like several others read as they are drawn: a capital eta as "h", a small one as "n". Learned is
 * what they are in their own language, so this is a second reading and no better one. Unchanged where there are none.
 */
import { foldCodePoint } from '../fold/fold-code-point.ts'

export function readAsDrawn(text: string): string {
  if (!/[^\0-\u007f]/.test(text)) return text
  let read = ''
  for (const character of text) read += drawnAs(character)
  return read
}

/** Of its readings in the order of the table, the small letter looks like the first one, the capital like the last. */
function drawnAs(character: string): string {
  const { letters } = foldCodePoint(character.codePointAt(0) ?? 0)
  const [letter, further] = letters
  if (letter === undefined || further !== undefined || letter.plainCount < 2) return character
  const latin = letter.readings.slice(0, letter.plainCount).filter((reading) => reading >= 0x61 && reading <= 0x7a)
  const drawn = character === character.toLowerCase() ? latin[0] : latin.at(-1)
  return drawn === undefined ? character : String.fromCodePoint(drawn)
}
