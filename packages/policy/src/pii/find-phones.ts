/**
 * Telephone numbers, as far as they can be told from other numbers: with `+` or an exit code, in the shapes of a country, or
 * behind a word that says what comes. They have no check digit, so this finds the usual ones and no more.
 */
import type { PiiPlace } from './pii-place.ts'

const gap = '[\\s./\\u2010-\\u2015-]{0,2}'
const free = '(?<![\\w+]|\\d[.,:/-])'
const ends = '(?![\\d@]|[.,:/-]\\d|_?[a-z])'
const extension = '(?:\\s{0,2}(?:x|ext\\.?|extension)\\s{0,2}\\d{1,6})?'

const shapes: readonly RegExp[] = [
  /** E.164, with or without the zero in brackets that is left out. */
  shape(`(?:\\+|00)${gap}[1-9]\\d{0,2}${gap}(?:\\(0?\\d{0,4}\\)${gap})?\\d(?:${gap}\\d){5,12}`),
  /** North America. */
  shape(
    `(?:(?:001|\\+?1)${gap})?(?:\\([2-9]\\d{2}\\)${gap}|[2-9]\\d{2}[\\s.\\u2010-\\u2015-])\\d{3}[\\s.\\u2010-\\u2015-]\\d{4}`,
  ),
  /** An area in brackets. */
  shape(`\\(0?\\d{1,5}\\)${gap}\\d{2,4}(?:${gap}\\d{2,4}){1,3}`),
  /** With the zero of a trunk line, in groups. */
  shape(`0[1-9]\\d{0,3}[\\s./-]\\d{2,4}(?:[\\s./-]\\d{2,4}){1,3}`),
  shape(`0[1-9]\\d{1,3}[\\s/-]\\d{5,8}`),
]
const named =
  /(?:\b(?:phone|telephone|telefon|tel|mobile|mobil|cell|handy|fax|desk|nummer|numero|num\u00e9ro|n\u00famero|t\u00e9l\u00e9phone|tel\u00e9fono|call me (?:at|on)|call(?:ing)? (?:me )?(?:at|on)|text me (?:at|on)|reach me (?:at|on)|answering at|messages to|rufen sie mich an unter|erreichen sie mich unter|appelez-moi au|ll\u00e1meme al)\b[.:]?(?:\s{0,2}(?:is|ist|number|no\.?|nr\.?|est|es|lautet))?[\s:]{0,4})(\(?\+?\d(?:[\s().\u2010-\u2015-]{0,2}\d){5,13}(?:x\d{1,6})?)(?![\d@]|[.,:/-]\d)/giu

export function findPhones(text: string): readonly PiiPlace[] {
  const shaped = shapes.flatMap((written) =>
    [...text.matchAll(written)].map(({ 0: found, index }) => place(index, found)),
  )
  const introduced = [...text.matchAll(named)].map(({ 0: whole, 1: found = '', index }) =>
    place(index + whole.length - found.length, found),
  )
  return [...introduced, ...shaped]
}

function shape(source: string): RegExp {
  return new RegExp(free + source + extension + ends, 'giu')
}

function place(start: number, found: string): PiiPlace {
  return { kind: 'phone', start, end: start + found.length }
}
