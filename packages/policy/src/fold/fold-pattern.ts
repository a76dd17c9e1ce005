/**
 * Threat: a pattern with "ß" does not find "STRASSE", because RE2 folds one letter to one letter.
 * Rule: a letter that folds to another text is also looked for as that text, where it stands by itself and where it is
 * written out in a set. Left as they are: ranges, negated sets, escapes by number and \Q...\E.
 * On failure: what is left as it is finds the letter itself.
 */
import { foldCase } from './read-source.ts'

/** What is no literal: escapes, quotations, the names of groups; and sets, which are looked into. */
const piece = /\\Q.*?(?:\\E|$)|\\.|\(\?P?<[^>]*>|(\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\])|([^\0-\u007f])/gsu
const escape = /\\./gsu

/** The pattern as it is compiled. */
export function foldPattern(pattern: string): string {
  return pattern.replaceAll(piece, (found: string, set: string | undefined, literal: string | undefined) => {
    if (literal !== undefined) return orFolded(found, [found])
    return set === undefined || found.startsWith('[^') ? found : orFolded(found, [...found.replaceAll(escape, '')])
  })
}

function orFolded(written: string, letters: readonly string[]): string {
  const folded = letters.flatMap((letter) => {
    const read = letter.toLowerCase()
    return foldCase(read) === read ? [] : [foldCase(read)]
  })
  return folded.length === 0 ? written : `(?:${[written, ...new Set(folded)].join('|')})`
}
