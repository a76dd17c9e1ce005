/**
 * Threat: a policy says something else than who reads it sees, or reading it takes the server's time.
 * Rule: no control characters, no line ends of one carriage return, nothing that turns the direction of text around, no half
 * characters, and no more open brackets than any document has.
 * On failure: refused with the place, before it is parsed.
 */
import type { Explanation } from './explain-issue.ts'

export type Unwritable = Explanation & { readonly offset: number }

/** Reading a hundred thousand of them takes seconds; a document has four levels. */
const maxOpenBrackets = 1000

const refused: readonly (readonly [RegExp, string, string])[] = [
  [/\r(?!\n)/u, 'found a carriage return without a line feed', 'save the file with line ends of LF or CRLF'],
  [
    /[\u202A-\u202E\u2066-\u2069]/u,
    'found a character that turns the direction of text around',
    'remove it; who reads the policy must see what it says',
  ],
  [/\p{Cs}/u, 'found half of a character', 'write the character again'],
  [/(?![\t\n\r])\p{Cc}/u, 'found a control character', 'remove it'],
]

export function findUnwritable(text: string): Unwritable | undefined {
  for (const [pattern, message, fix] of refused) {
    const offset = pattern.exec(text)?.index
    if (offset === undefined) continue
    const code = (text.charCodeAt(offset) || 0).toString(16).toUpperCase().padStart(4, '0')
    return { offset, message: `${message} (U+${code})`, fix }
  }
  const offset = openBracketsFrom(text)
  if (offset === undefined) return undefined
  return {
    offset,
    message: `found more than ${maxOpenBrackets} open brackets`,
    fix: 'close them, or put text with brackets in quotes',
  }
}

function openBracketsFrom(text: string): number | undefined {
  let open = 0
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at]
    if (sign === '[' || sign === '{') open += 1
    else if ((sign === ']' || sign === '}') && open > 0) open -= 1
    if (open > maxOpenBrackets) return at
  }
  return undefined
}
