/** The canonical letters of a text with one blank for each separator: how the engine read it, kept in the sealed decision. */
import { foldCodePoint, gaps } from './fold-code-point.ts'

export function foldForRecord(text: string): string {
  let folded = ''
  for (const character of text) {
    const { letters, gap } = foldCodePoint(character.codePointAt(0) ?? 0)
    if (letters.length > 0) folded += letters.map(({ readings }) => String.fromCodePoint(readings[0] ?? 0x20)).join('')
    else if (gap > gaps.soft && folded !== '' && !folded.endsWith(' ')) folded += ' '
  }
  return folded.trimEnd()
}
