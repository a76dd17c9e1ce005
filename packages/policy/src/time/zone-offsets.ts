import type { ZoneTransitions } from './zone-transitions.ts'

const minuteMs = 60_000

/** The offset of local time from UTC at an instant, in minutes. Before the first transition that of the first. */
export function offsetAt({ name, transitions }: ZoneTransitions, atMs: number): number {
  const first = transitions[0]
  if (first === undefined) throw new RangeError(`expected a transition of the zone ${name}, found none`)
  return transitions.findLast(({ fromMs }) => fromMs <= atMs)?.offsetMinutes ?? first.offsetMinutes
}

/**
 * All offsets by which an instant has to be read. One, but around the end of summer time: as long as the clock shows a local time
 * for the first or for the second time, nobody who hears a clock can tell which, so both readings count (quiet wins).
 */
export function readingsAt(zone: ZoneTransitions, atMs: number): readonly number[] {
  const offset = offsetAt(zone, atMs)
  const folded = foldsOf(zone).filter(({ fromMs, toMs }) => fromMs <= atMs && atMs < toMs)
  return folded.length === 0 ? [offset] : [...new Set([offset, ...folded.flatMap(({ offsets }) => offsets)])]
}

/** The next instant after this one at which the clock is set, or a time that is shown twice begins or ends. */
export function nextClockChange(zone: ZoneTransitions, atMs: number): number {
  const instants = [
    ...zone.transitions.map(({ fromMs }) => fromMs),
    ...foldsOf(zone).flatMap(({ fromMs, toMs }) => [fromMs, toMs]),
  ]
  return instants.reduce(
    (next, instant) => (instant > atMs && instant < next ? instant : next),
    Number.POSITIVE_INFINITY,
  )
}

interface Fold {
  readonly fromMs: number
  readonly toMs: number
  readonly offsets: readonly [number, number]
}

const foldsByZone = new WeakMap<ZoneTransitions, readonly Fold[]>()

function foldsOf(zone: ZoneTransitions): readonly Fold[] {
  const known = foldsByZone.get(zone)
  if (known !== undefined) return known
  const folds = zone.transitions.flatMap(({ fromMs, offsetMinutes }, index) => {
    const before = zone.transitions[index - 1]?.offsetMinutes ?? offsetMinutes
    const lengthMs = (before - offsetMinutes) * minuteMs
    if (lengthMs <= 0) return []
    return [{ fromMs: fromMs - lengthMs, toMs: fromMs + lengthMs, offsets: [before, offsetMinutes] as const }]
  })
  foldsByZone.set(zone, folds)
  return folds
}
