import type { ZoneTransitions } from '../time/zone-transitions.ts'

const dayMinutes = 1440

/** Minutes since local midnight, as a clock on the wall there shows them. */
export function localMinuteOfDay({ transitions }: ZoneTransitions, atMs: number): number {
  const holding = transitions.findLast(({ fromMs }) => fromMs <= atMs) ?? transitions[0]
  const minute = Math.floor(atMs / 60_000) + (holding?.offsetMinutes ?? 0)
  return ((minute % dayMinutes) + dayMinutes) % dayMinutes
}
