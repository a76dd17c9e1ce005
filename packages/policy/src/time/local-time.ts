import { type WeekDay, weekDays } from '@hyponema/contract'
import { offsetAt } from './zone-offsets.ts'
import type { ZoneTransitions } from './zone-transitions.ts'

const minuteMs = 60_000
const minutesPerDay = 1440

/** What the clock and the calendar of a place show. */
export interface LocalTime {
  /** Days since 1 January 1970 of the local calendar. */
  readonly day: number
  readonly minuteOfDay: number
  readonly weekDay: WeekDay
  /** `YYYY-MM-DD`. */
  readonly date: string
}

/** The local time of an instant. In a time that is shown twice: what the clock shows, whichever of both it is. */
export function localTimeAt(zone: ZoneTransitions, atMs: number): LocalTime {
  const minutes = Math.floor(atMs / minuteMs) + offsetAt(zone, atMs)
  const day = Math.floor(minutes / minutesPerDay)
  const weekDay = weekDays[weekDayOf(day)]
  if (weekDay === undefined) throw new RangeError('expected one of seven days of the week')
  return { day, minuteOfDay: minutes - day * minutesPerDay, weekDay, date: dateOf(day) }
}

/** 0 is Monday: 1 January 1970 was a Thursday. */
export function weekDayOf(day: number): number {
  return (((day + 3) % 7) + 7) % 7
}

/** The date of a day since 1970 in the Gregorian calendar; Richards' integer algorithm, as published by H. Hinnant ("civil_from_days"). */
export function dateOf(day: number): string {
  const shifted = day + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const dayOfMonth = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(dayOfMonth).padStart(2, '0')}`
}

/** Days since 1 January 1970 of a date; the inverse of `dateOf` (Hinnant, "days_from_civil"). */
export function dayOf(year: number, month: number, dayOfMonth: number): number {
  const shifted = month <= 2 ? year - 1 : year
  const era = Math.floor(shifted / 400)
  const yearOfEra = shifted - era * 400
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + dayOfMonth - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}
