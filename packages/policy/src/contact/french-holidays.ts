import { dateOf, dayOf } from '../time/local-time.ts'

/** Until then a preset knows the days that move with Easter; a policy that is older than that has been reviewed many times. */
const years = { first: 2020, last: 2099 } as const

/** The eleven legal holidays of France (Code du travail, L3133-1): eight of fixed dates, three that move with Easter. */
export const frenchHolidays: readonly string[] = [
  '01-01',
  '05-01',
  '05-08',
  '07-14',
  '08-15',
  '11-01',
  '11-11',
  '12-25',
  ...Array.from({ length: years.last - years.first + 1 }, (_, index) => movableDays(years.first + index)).flat(),
]

/** Easter Monday, Ascension and Whit Monday. */
function movableDays(year: number): readonly string[] {
  const easter = easterDay(year)
  return [easter + 1, easter + 39, easter + 50].map(dateOf)
}

/** Easter Sunday as days since 1970, by the anonymous Gregorian algorithm (Meeus, Astronomical Algorithms, chapter 8). */
export function easterDay(year: number): number {
  const golden = year % 19
  const century = Math.floor(year / 100)
  const ofCentury = year % 100
  const correction = Math.floor((century - Math.floor((century + 8) / 25) + 1) / 3)
  const moon = (19 * golden + century - Math.floor(century / 4) - correction + 15) % 30
  const weekDay = (32 + 2 * (century % 4) + 2 * Math.floor(ofCentury / 4) - moon - (ofCentury % 4)) % 7
  const shift = Math.floor((golden + 11 * moon + 22 * weekDay) / 451)
  const days = moon + weekDay - 7 * shift + 114
  return dayOf(year, Math.floor(days / 31), (days % 31) + 1)
}
