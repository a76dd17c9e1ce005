import type { PhraseBook } from '../match/phrase-book.ts'

/** Whether one of the words that turn a sentence round stands right before this place, with nothing but blanks or a colon between. */
export function isNegated(text: string, start: number, negators: PhraseBook): boolean {
  const before = text.slice(0, start)
  return negators.find(before).some(({ end }) => /^[\s:'’"]*$/u.test(before.slice(end)))
}
