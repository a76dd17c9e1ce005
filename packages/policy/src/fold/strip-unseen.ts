/**
 * Threat: words or bits that a reader never sees reach a model: tag characters, runs of zero-width characters, variation
 * selectors, bidirectional controls, private-use characters; or they cut a word so that no rule finds it.
 * Rule: every character that is not drawn is taken out. What is drawn with its help stays: emoji sequences, the three flags
 * of tags, a single joiner between letters of a script that is shaped by it.
 * On failure: a character that is unknown here stays; it is drawn as a box, and a reader sees that.
 */

/** The text as it is drawn, in characters that are drawn. Line ends become line feeds. Takes time linear in its length. */
export function stripUnseen(text: string): string {
  const lines = text.toWellFormed().replaceAll(lineEnd, '\n').replaceAll(terminalSequence, '')
  if (plain.test(lines)) return lines
  return lines.replaceAll(blank, ' ').replaceAll(unseen, keptPart)
}

/** The part of a match that is drawn: the first group that matched. */
function keptPart(_match: string, ...groups: readonly unknown[]): string {
  for (const group of groups.slice(0, 3)) if (typeof group === 'string') return group
  return ''
}

const plain = /^[\t\n\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff]*$/

const lineEnd = /\r\n?|[\u0085\u2028\u2029]/g

/** What a terminal obeys and does not show: colours, moves, titles, links. Bounded, so that an open one costs nothing. */
const terminalSequence =
  /(?:\u001b\[|\u009b)[0-?]{0,64}[ -/]{0,8}[@-~]|\u001b\][^\u0007\u001b\n]{0,2000}(?:\u0007|\u001b\\)/g

/** Drawn as a blank though they are letters or controls. */
const blank = /[\u180e\u3164\uffa0]/g

const modified = '\\p{Emoji}\\p{Emoji_Modifier}?[\\uFE0E\\uFE0F]?'
const flag =
  '\\u{1F3F4}\\u{E0067}\\u{E0062}(?:\\u{E0065}\\u{E006E}\\u{E0067}|\\u{E0073}\\u{E0063}\\u{E0074}|\\u{E0077}\\u{E006C}\\u{E0073})\\u{E007F}'
/** Scripts whose letters look different beside a zero-width joiner or non-joiner. */
const shaped =
  '[\\p{scx=Arabic}\\p{scx=Syriac}\\p{scx=Devanagari}\\p{scx=Bengali}\\p{scx=Gurmukhi}\\p{scx=Gujarati}\\p{scx=Oriya}\\p{scx=Tamil}\\p{scx=Telugu}\\p{scx=Kannada}\\p{scx=Malayalam}\\p{scx=Sinhala}\\p{scx=Khmer}]'
/** Format characters that are drawn: the signs of Arabic, Syriac and Kaithi that enclose a number, and hieroglyph joints. */
const drawnFormat = '\\u0600-\\u0605\\u06dd\\u070f\\u0890\\u0891\\u08e2\\u{110bd}\\u{110cd}\\u{13430}-\\u{1343f}'

const unseen = new RegExp(
  [
    `(${flag})`,
    // An emoji with what belongs to it, and the ones that are joined to it; a digit only with its key cap.
    `((?:[0-9#*]\\uFE0F\\u20E3)|(?:(?![0-9#*])${modified}(?:\\u200D(?![0-9#*])${modified})*))`,
    `((?<=${shaped}\\p{M}{0,4})[\\u200C\\u200D](?=${shaped}))`,
    `(?![${drawnFormat}\\t\\n])[\\p{Default_Ignorable_Code_Point}\\p{Cf}\\p{Cc}\\p{Co}\\p{Noncharacter_Code_Point}]`,
  ].join('|'),
  'gu',
)
