import { isWithinHours } from './is-within-hours.ts'
import { minutesToNextEdge, type OpenHours } from './open-hours.ts'
import { nextClockChange, readingsAt } from './zone-offsets.ts'
import type { ZoneTransitions } from './zone-transitions.ts'

const minuteMs = 60_000
/** A window that opens once a year, on a day that may be a holiday this time, is found; what opens later than this never does. */
const defaultHorizonMs = 400 * 24 * 60 * minuteMs

/** Hours that have to be open in each of these zones. */
export interface ZonedHours extends OpenHours {
  readonly zones: readonly ZoneTransitions[]
}

/** Whether all of the hours are open in all of their zones. */
export function areAllOpen(windows: readonly ZonedHours[], atMs: number): boolean {
  return windows.every((window) => window.zones.every((zone) => isWithinHours(zone, window, atMs)))
}

/**
 * The first instant, this one or a later one, at which all of the hours are open in all of their zones; null when there is none
 * within the horizon (400 days). Exact to the millisecond, and the least: every instant that is passed over is shut somewhere.
 */
export function nextWithin(
  windows: readonly ZonedHours[],
  atMs: number,
  { horizonMs = defaultHorizonMs }: { readonly horizonMs?: number } = {},
): number | null {
  const parts = windows.flatMap((window) => withoutEqualZones(window.zones).map((zone) => ({ zone, window })))
  const lastMs = atMs + horizonMs
  let candidate = atMs
  let open = 0
  for (let next = 0; open < parts.length; next = (next + 1) % parts.length) {
    const part = parts[next]
    if (part === undefined) break
    const found = nextOf(part.zone, part.window, candidate, lastMs)
    if (found === null) return null
    open = found === candidate ? open + 1 : 1
    candidate = found
  }
  return candidate
}

function nextOf(zone: ZoneTransitions, open: OpenHours, fromMs: number, lastMs: number): number | null {
  let atMs = fromMs
  while (!isWithinHours(zone, open, atMs)) {
    atMs = nextEdge(zone, open, atMs)
    if (atMs > lastMs) return null
  }
  return atMs
}

/** The next instant at which the answer may be another one. */
function nextEdge(zone: ZoneTransitions, open: OpenHours, atMs: number): number {
  const minutes = Math.floor(atMs / minuteMs)
  const edges = readingsAt(zone, atMs).map((offset) => (minutes + minutesToNextEdge(open, minutes + offset)) * minuteMs)
  return Math.min(nextClockChange(zone, atMs), ...edges)
}

/** Zones that set their clocks alike are one: a country with thirty names of zones has four or five. */
function withoutEqualZones(zones: readonly ZoneTransitions[]): readonly ZoneTransitions[] {
  const byClock = new Map(zones.map((zone) => [clockKey(zone), zone]))
  return [...byClock.values()]
}

const clockKeys = new WeakMap<ZoneTransitions, string>()

/** Equal for zones with equal transitions. */
export function clockKey(zone: ZoneTransitions): string {
  const known = clockKeys.get(zone)
  if (known !== undefined) return known
  const key = zone.transitions.map(({ fromMs, offsetMinutes }) => `${fromMs}:${offsetMinutes}`).join()
  clockKeys.set(zone, key)
  return key
}
