/** The naive reading of hours that the engine is held against: strings, `Date` and no shortcuts. */
import type { WeekHours } from '@hyponema/contract'
import type { ZonedHours, ZoneTransitions } from '@hyponema/policy'

const names = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const
const dayMs = 86_400_000

/** Whether all windows are open in all of their zones at an instant. */
export function isOpenByHand(windows: readonly ZonedHours[], atMs: number): boolean {
  return windows.every((window) =>
    window.zones.every((zone) =>
      offsetsThatCount(zone, atMs).every((offset) => isOpenLocally(window, atMs + offset * 60_000)),
    ),
  )
}

function isOpenLocally({ hours, holidays = [] }: ZonedHours, localMs: number): boolean {
  if (holidays.length > 0) {
    const date = new Date(localMs).toISOString().slice(0, 10)
    if (holidays.includes(date) || holidays.includes(date.slice(5))) return false
  }
  return hours === undefined || hours.some((range) => isIn(range, new Date(localMs), new Date(localMs - dayMs)))
}

function isIn({ days, from, to }: WeekHours, local: Date, dayBefore: Date): boolean {
  const clock = local.getUTCHours() * 100 + local.getUTCMinutes()
  const [opens, shuts] = [Number(from.replace(':', '')), Number(to.replace(':', ''))]
  const isOn = (date: Date): boolean => days.some((day) => day === names[date.getUTCDay()])
  if (opens < shuts) return isOn(local) && opens <= clock && clock < shuts
  return (isOn(local) && opens <= clock) || (isOn(dayBefore) && clock < shuts)
}

/** That of the instant; and while the clock shows a time that it shows twice, the other one too. */
function offsetsThatCount({ transitions }: ZoneTransitions, atMs: number): readonly number[] {
  let offset = transitions[0]?.offsetMinutes ?? 0
  for (const one of transitions) if (one.fromMs <= atMs) offset = one.offsetMinutes
  const offsets = [offset]
  for (const [index, one] of transitions.entries()) {
    const before = transitions[index - 1]
    if (before === undefined || before.offsetMinutes <= one.offsetMinutes) continue
    const foldMs = (before.offsetMinutes - one.offsetMinutes) * 60_000
    if (Math.abs(atMs + 0.5 - one.fromMs) < foldMs) offsets.push(before.offsetMinutes, one.offsetMinutes)
  }
  return offsets
}
