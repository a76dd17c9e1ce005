import { type WeekHours, weekDays } from '@hyponema/contract'
import { dateOf, weekDayOf } from './local-time.ts'

const minutesPerDay = 1440
const minutesPerWeek = 7 * minutesPerDay

/** When something is open in local time. */
export interface OpenHours {
  /** The union of these; absent: at any hour. An empty list is never open. */
  readonly hours?: readonly WeekHours[] | undefined
  /** Dates (`2026-12-25`) and days of every year (`12-25`) on which it stays shut, from midnight to midnight. */
  readonly holidays?: readonly string[] | undefined
}

/** Whether it is open when the clock shows this many minutes since 1 January 1970, local time. */
export function isOpenAtLocal({ hours, holidays }: OpenHours, localMinutes: number): boolean {
  const day = Math.floor(localMinutes / minutesPerDay)
  if (holidays !== undefined && holidays.length > 0 && isHoliday(holidays, day)) return false
  if (hours === undefined) return true
  return weekOf(hours).isOpen[weekDayOf(day) * minutesPerDay + (localMinutes - day * minutesPerDay)] === 1
}

/** Minutes of local time after this one until it may open or shut next, if no clock is set in between. At most until midnight. */
export function minutesToNextEdge({ hours }: OpenHours, localMinutes: number): number {
  const day = Math.floor(localMinutes / minutesPerDay)
  const minuteOfDay = localMinutes - day * minutesPerDay
  const toMidnight = minutesPerDay - minuteOfDay
  if (hours === undefined) return toMidnight
  const ofWeek = weekDayOf(day) * minutesPerDay + minuteOfDay
  const edge = weekOf(hours).edges.find((minute) => minute > ofWeek)
  return edge === undefined ? toMidnight : Math.min(toMidnight, edge - ofWeek)
}

interface Week {
  /** One per minute of the week, from Monday on. */
  readonly isOpen: Uint8Array
  /** Minutes at which it opens or shuts, sorted. */
  readonly edges: readonly number[]
}

const weeks = new WeakMap<readonly WeekHours[], Week>()

function weekOf(hours: readonly WeekHours[]): Week {
  const known = weeks.get(hours)
  if (known !== undefined) return known
  const isOpen = new Uint8Array(minutesPerWeek)
  for (const { days, from, to } of hours) {
    const [fromMinute, toMinute] = [minuteOf(from), minuteOf(to)]
    const length = toMinute > fromMinute ? toMinute - fromMinute : toMinute + minutesPerDay - fromMinute
    for (const day of days) {
      const start = weekDays.indexOf(day) * minutesPerDay + fromMinute
      for (let minute = start; minute < start + length; minute += 1) isOpen[minute % minutesPerWeek] = 1
    }
  }
  const edges: number[] = []
  for (let minute = 1; minute < minutesPerWeek; minute += 1) {
    if (isOpen[minute] !== isOpen[minute - 1]) edges.push(minute)
  }
  const week = { isOpen, edges }
  weeks.set(hours, week)
  return week
}

/** Minutes since midnight of `09:30`; `24:00` is 1440. */
function minuteOf(clock: string): number {
  return Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3))
}

const holidaySets = new WeakMap<readonly string[], ReadonlySet<string>>()

function isHoliday(holidays: readonly string[], day: number): boolean {
  const known = holidaySets.get(holidays)
  const set = known ?? new Set(holidays)
  if (known === undefined) holidaySets.set(holidays, set)
  const date = dateOf(day)
  return set.has(date) || set.has(date.slice(5))
}
