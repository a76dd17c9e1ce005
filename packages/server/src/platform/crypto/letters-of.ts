/** The letters and digits of a text one after the other, and where each of them stands in it. */
export type Letters = { readonly text: string; readonly starts: readonly number[]; readonly ends: readonly number[] }

/**
 * One character as JSON, HTML, URLs (once or twice) and programs write it by its number, or any character at all. What a `0x`
 * stands for is read only in its usual two digits.
 */
const written =
  /\\u\{0{0,4}(?<braces>[0-9a-f]{2})\}|(?:\\u|%u)00(?<wide>[0-9a-f]{2})|(?:\\x|0x|%(?:25)?)(?<pair>[0-9a-f]{2})|&#x0{0,4}(?<entity>[0-9a-f]{2});?|&#0{0,4}(?<decimal>\d{2,3});?|\\(?<octal>[01][0-7]{2})|(?<plain>[\s\S])/gi

const letter = /^[a-z0-9]$/

/** In small letters, with escapes read and full-width forms taken for what they show; everything between them is left out. */
export function lettersOf(text: string): Letters {
  const starts: number[] = []
  const ends: number[] = []
  let letters = ''
  for (const match of text.matchAll(written)) {
    const character = readCharacter(match.groups ?? {}).toLowerCase()
    if (!letter.test(character)) continue
    letters += character
    starts.push(match.index)
    ends.push(match.index + match[0].length)
  }
  return { text: letters, starts, ends }
}

function readCharacter(groups: Readonly<Record<string, string | undefined>>): string {
  const hex = groups['braces'] ?? groups['wide'] ?? groups['pair'] ?? groups['entity']
  if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16))
  if (groups['decimal'] !== undefined) return String.fromCharCode(Number(groups['decimal']))
  if (groups['octal'] !== undefined) return String.fromCharCode(Number.parseInt(groups['octal'], 8))
  return (groups['plain'] ?? '').normalize('NFKC')
}
