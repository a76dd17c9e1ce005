/**
 * United States social security numbers, by the rules of their issuer: no area 000, 666 or 900 and above, no group 00, no
 * serial 0000. They have no check digit, so nine digits in a row count only where the text says what they are.
 */
import type { PiiPlace } from './pii-place.ts'

const valid = '(?!000|666|9)\\d{3}'
const separated = new RegExp(
  `(?<![\\d]|\\d[.\\s-])${valid}(\\s?[-\\u2010-\\u2015]\\s?|[\\s.])(?!00)\\d{2}\\1(?!0000)\\d{4}(?!\\d|[.-]\\d)`,
  'gu',
)
const named = new RegExp(
  `(?:\\bssns?\\b|social[ -]security|\\bsocial\\b)[^\\d.!?]{0,30}(${valid}\\s?(?!00)\\d{2}\\s?(?!0000)\\d{4})(?!\\d)`,
  'gi',
)

export function findSocialSecurity(text: string): readonly PiiPlace[] {
  const found = [...text.matchAll(separated)].map(({ 0: digits, index }) => place(index, digits))
  for (const { 0: whole, 1: digits = '', index } of text.matchAll(named)) {
    const one = place(index + whole.length - digits.length, digits)
    if (!found.some(({ start }) => start === one.start)) found.push(one)
  }
  return found
}

function place(start: number, digits: string): PiiPlace {
  return { kind: 'ssn', start, end: start + digits.length }
}
