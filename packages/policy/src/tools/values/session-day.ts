import type { ZoneTransitions } from '../../time/zone-transitions.ts'

/** What words about time are read against. */
export interface SessionDay {
  readonly nowMs: number
  /** Absent: UTC. */
  readonly zone?: ZoneTransitions | undefined
}

const dayMs = 86_400_000

/** Days since 1970-01-01 in local time. */
export function dayOf({ nowMs, zone }: SessionDay): number {
  return Math.floor((nowMs + offsetMinutes(zone, nowMs) * 60_000) / dayMs)
}

/** Of an instant, in local time: `2026-12-01` and `09:30`. */
export function localParts(
  atMs: number,
  zone: ZoneTransitions | undefined,
): { readonly date: string; readonly time: string } {
  const text = new Date(atMs + offsetMinutes(zone, atMs) * 60_000).toISOString()
  return { date: text.slice(0, 10), time: text.slice(11, 16) }
}

export function isoDate(day: number): string {
  return new Date(day * dayMs).toISOString().slice(0, 10)
}

/** Undefined for a day that no calendar has. */
export function dayNumber(year: number, month: number, day: number): number | undefined {
  const atMs = Date.UTC(year, month - 1, day)
  const date = new Date(atMs)
  return Number.isFinite(atMs) && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
    ? atMs / dayMs
    : undefined
}

/** Day 0 was a Thursday; Sunday is 0. */
export function weekdayOf(day: number): number {
  return (((day + 4) % 7) + 7) % 7
}

function offsetMinutes(zone: ZoneTransitions | undefined, atMs: number): number {
  if (zone === undefined) return 0
  const { transitions } = zone
  const last = transitions.findLast(({ fromMs }) => fromMs <= atMs) ?? transitions[0]
  return last?.offsetMinutes ?? 0
}
