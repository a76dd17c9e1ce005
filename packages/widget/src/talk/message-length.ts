import { maxMessageCharacters } from '@hyponema/contract'

/** Five lines of text before the end is time enough to come to one. */
const nearMessageLength = 7500

export type MessageLength = { readonly kind: 'fits' | 'near' | 'over'; readonly words: string }

/**
 * How much room a message has, in words once it matters. Counted as the contract counts: by code points, so that an emoji is one
 * character, or a few. Blanks around it are not sent, so they do not count.
 */
export function measureMessage(text: string): MessageLength {
  const length = [...text.trim()].length
  if (length < nearMessageLength) return { kind: 'fits', words: '' }
  const count = `${format(length)} of ${format(maxMessageCharacters)} characters`
  if (length <= maxMessageCharacters) return { kind: 'near', words: count }
  return {
    kind: 'over',
    words: `${count}: too long by ${format(length - maxMessageCharacters)}. Shorten it to send it.`,
  }
}

function format(count: number): string {
  return new Intl.NumberFormat('en-GB').format(count)
}
