/**
 * Digits and signs that stand for a letter, and the letters they stand for. A character that stands for two letters has
 * both readings; the matcher follows each, so nothing is merged and "fail" never finds "fall".
 *
 * Covered: the single characters below. Not covered, on purpose: pairs and drawings (`vv`, `()`, `|_|`, `|<`, `rn` for m),
 * a capital I for l, `ph` for f, wildcards (`b*mb`), stretched letters (`boooomb`), words cut into longer parts (`bo mb`),
 * HTML entities, upside-down text, Pig Latin. They change the length or the sound of a word, or cannot be told from ordinary
 * writing; examples and regexes are for those.
 */
const written: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'il',
  '2': 'z',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '6': 'gb',
  '7': 't',
  '8': 'b',
  '9': 'g',
  '@': 'a',
  $: 's',
  '!': 'il',
  '|': 'il',
  '+': 't',
  '(': 'c',
  '<': 'c',
  '\u00a1': 'i',
  '\u00a2': 'c',
  '\u00a3': 'l',
  '\u00a5': 'y',
  '\u00a7': 's',
  '\u00d7': 'x',
  '\u20ac': 'e',
}

/** Code point of a digit or sign -> code points of the letters it may stand for. */
export const leetReadings: ReadonlyMap<number, readonly number[]> = new Map(
  Object.entries(written).map(([sign, letters]) => [codePoint(sign), [...letters].map(codePoint)]),
)

function codePoint(character: string): number {
  return character.codePointAt(0) ?? 0
}
