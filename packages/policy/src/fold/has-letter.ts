import { foldCodePoint } from './fold-code-point.ts'

/** A word that a line would have to be said after; signs count, because in leet they are letters. */
export function hasLetter(text: string): boolean {
  for (const character of text) if (foldCodePoint(character.codePointAt(0) ?? 0).letters.length > 0) return true
  return false
}
