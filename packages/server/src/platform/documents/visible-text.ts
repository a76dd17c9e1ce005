/**
 * Threat: characters that nobody sees carry words to the model (zero width, bidi controls, tags, variation selectors, private use),
 * or break a word that a check looks for.
 * Rule: they are removed, blanks of every kind become one space, and every other character stays as it is: no folding, no
 * normal form, because the text shall be what a reader of the document sees.
 * On failure: nothing can fail; a text of invisible characters only is empty.
 */

/** Default_Ignorable holds zero width, bidi controls, soft hyphens, fillers, selectors and tags. Lone surrogates cannot be stored. */
const invisible =
  /[\p{Default_Ignorable_Code_Point}\p{Private_Use}\p{Surrogate}\p{Noncharacter_Code_Point}\u0000-\u0008\u000E-\u001F\u007F-\u0084\u0086-\u009F\uFFF9-\uFFFB]+/gu
const lineBreaks = /\r\n|[\r\n\u000B\u000C\u0085\u2028\u2029]/g
/** U+2800 is the empty pattern of Braille. */
const blanks = /[\p{Space_Separator}\t\u2800]+/gu
const blanksAndLines = /[\p{Space_Separator}\t\u2800\n]+/gu

/** One line: what a reader sees, with single spaces. */
export function visibleText(raw: string): string {
  return raw.replace(lineBreaks, '\n').replace(invisible, '').replace(blanksAndLines, ' ').trim()
}

/** The same with its line breaks, for text that stands in lines. Empty lines are left out. */
export function visibleLines(raw: string): string {
  const lines = raw.replace(lineBreaks, '\n').replace(invisible, '').replace(blanks, ' ').split('\n')
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n')
}
