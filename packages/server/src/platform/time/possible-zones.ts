import { countriesOfCallingCodes } from './countries-of-calling-codes.ts'
import { zonesOfCountries } from './zones-of-countries.ts'

/** All zones in which somebody may be who lives in this country (ISO 3166, two letters). Empty when the country is not known. */
export function zonesOfCountry(country: string): readonly string[] {
  return Object.hasOwn(zonesOfCountries, country) ? (zonesOfCountries[country] ?? []) : []
}

/**
 * All zones in which the holder of a phone number (E.164: `+14155550100`) may be. By the calling code alone: a number goes where its
 * holder moves, so an area says little, and a code of several countries means all of them.
 */
export function zonesOfNumber(number: string): readonly string[] {
  const digits = /^\+([1-9]\d{6,14})$/.exec(number)?.[1]
  if (digits === undefined) return []
  const codes = [3, 2, 1].map((length) => digits.slice(0, length))
  const code = codes.find((candidate) => Object.hasOwn(countriesOfCallingCodes, candidate))
  const countries = code === undefined ? [] : (countriesOfCallingCodes[code] ?? [])
  return [...new Set(countries.flatMap(zonesOfCountry))]
}
