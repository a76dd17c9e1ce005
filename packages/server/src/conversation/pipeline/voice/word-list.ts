/** Words, or groups of them joined by a bar, in any layout. */
export function wordList(words: string): ReadonlySet<string> {
  return new Set(words.split(/\s+/).map((word) => word.replaceAll('|', ' ')))
}
