/**
 * Numbers by which a state knows a person: Germany (Steuer-ID), France (NIR), Spain (DNI, NIE), the United Kingdom (NINO) and
 * Italy (codice fiscale). Each with the check of its issuer; a NINO has none, so there the letters that are never given out decide.
 */
import type { PiiPlace } from './pii-place.ts'

interface Shape {
  readonly written: RegExp
  /** Of the letters and digits alone, in capitals. */
  readonly isValid: (compact: string) => boolean
}

const before = '(?<![a-z0-9]|\\d[.-])'
const behind = '(?![a-z0-9]|[.-]\\d)'
const gap = '[\\s./-]?'

const shapes: readonly Shape[] = [
  { written: shape(`[1-9](?:${gap}\\d){10}`), isValid: isSteuerId },
  {
    written: shape(`[1-478](?:${gap}\\d){5}${gap}(?:\\d|2${gap}[ab])(?:${gap}[\\dab])(?:${gap}\\d){7}`),
    isValid: isNir,
  },
  { written: shape(`\\d{2}\\.?\\d{3}\\.?\\d{3}${gap}[a-z]`), isValid: isDni },
  { written: shape(`[xyz]${gap}\\d{7}${gap}[a-z]`), isValid: isDni },
  { written: shape(`[a-z]{2}\\s?\\d{2}\\s?\\d{2}\\s?\\d{2}\\s?[a-d]`), isValid: isNino },
  {
    written: shape(`[a-z]{6}\\s?[\\dl-v]{2}[a-ehlmprst][\\dl-v]{2}\\s?[a-z][\\dl-v]{3}[a-z]`),
    isValid: isCodiceFiscale,
  },
]

export function findNationalIds(text: string): readonly PiiPlace[] {
  return shapes.flatMap(({ written, isValid }) =>
    [...text.matchAll(written)].flatMap(({ 0: found, index }): readonly PiiPlace[] => {
      const compact = found.replaceAll(/[^a-z0-9]/gi, '').toUpperCase()
      return isValid(compact) ? [{ kind: 'national_id', start: index, end: index + found.length }] : []
    }),
  )
}

function shape(source: string): RegExp {
  return new RegExp(before + source + behind, 'gi')
}

/** Of the first ten digits one stands there twice or three times; ISO/IEC 7064, MOD 11,10. */
function isSteuerId(digits: string): boolean {
  const counts = [...'0123456789'].map((digit) => digits.slice(0, 10).split(digit).length - 1)
  const repeated = counts.filter((count) => count > 1)
  if (repeated.length !== 1 || (repeated[0] ?? 0) > 3) return false
  let product = 10
  for (const digit of digits.slice(0, 10)) {
    const sum = (Number(digit) + product) % 10
    product = ((sum === 0 ? 10 : sum) * 2) % 11
  }
  return (11 - product) % 10 === Number(digits[10])
}

/** Sex, year, month, place; the key is 97 less the remainder. Corsica counts as 19 (2A) and 18 (2B). */
function isNir(compact: string): boolean {
  const month = Number(compact.slice(3, 5))
  if (month < 1 || (month > 12 && month < 20) || (month > 42 && month < 50)) return false
  const body = compact.slice(0, 13).replace('2A', '19').replace('2B', '18')
  if (!/^\d{13}$/.test(body)) return false
  return 97 - (Number(body) % 97) === Number(compact.slice(13))
}

/** The letter is the number modulo 23; X, Y and Z of a NIE count as 0, 1 and 2. */
function isDni(compact: string): boolean {
  const number = compact.slice(0, -1).replace('X', '0').replace('Y', '1').replace('Z', '2')
  return 'TRWAGMYFPDXBNJZSQVHLCKE'[Number(number) % 23] === compact.at(-1)
}

function isNino(compact: string): boolean {
  return /^(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]/.test(compact)
}

/** Values of the odd places, for the digits and the letters of the same rank alike (decree of 23 December 1976). */
const oddValues = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23]

function isCodiceFiscale(compact: string): boolean {
  let sum = 0
  for (let place = 0; place < 15; place += 1) {
    const value = Number.parseInt(compact.charAt(place), 36)
    const rank = value > 9 ? value - 10 : value
    sum += place % 2 === 0 ? (oddValues[rank] ?? 0) : rank
  }
  return compact.charCodeAt(15) - 65 === sum % 26
}
