import { type WeekDay, type WeekHours, weekDays } from '@hyponema/contract'
import { areAllOpen, nextWithin, presets, type ZonedHours, type ZoneTransitions } from '@hyponema/policy'
import { isOpenByHand } from './quiet-oracle.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
export const dayMs = 24 * hourMs

export interface ZoneClass {
  /** A zone for all that set their clocks like it. */
  readonly zone: ZoneTransitions
  readonly names: readonly string[]
}

/** Zones with equal transitions are one class. */
export function classesOf(zones: readonly ZoneTransitions[]): readonly ZoneClass[] {
  const classes = new Map<string, ZoneClass>()
  for (const zone of zones) {
    const key = JSON.stringify(zone.transitions)
    const known = classes.get(key)
    classes.set(key, { zone: known?.zone ?? zone, names: [...(known?.names ?? []), zone.name] })
  }
  return [...classes.values()]
}

export interface Walk {
  readonly minutes: number
  readonly failures: readonly string[]
}

/**
 * Walks minute by minute and compares what the engine says with the naive reading; at every minute that is shut (or every `untilEvery`-th), and
 * in every hour that is open, also the next instant, which has to be open and the first one.
 */
export function walk(
  windows: readonly ZonedHours[],
  fromMs: number,
  toMs: number,
  { untilEvery = 1 }: { readonly untilEvery?: number } = {},
): Walk {
  const failures: string[] = []
  const count = Math.floor((toMs - fromMs) / minuteMs)
  let next: number | null = null
  for (let index = count; index >= 0; index -= 1) {
    const atMs = fromMs + index * minuteMs
    const isOpen = isOpenByHand(windows, atMs)
    if (isOpen) next = atMs
    if (areAllOpen(windows, atMs) !== isOpen) failures.push(`${new Date(atMs).toISOString()}: expected ${isOpen}`)
    // Behind the last instant that is open the walk does not know what comes.
    if (next === null || index % (isOpen ? 60 * untilEvery : untilEvery) !== 0) continue
    const found = nextWithin(windows, atMs)
    if (found !== next) failures.push(`${new Date(atMs).toISOString()}: until ${String(found)}, expected ${next}`)
  }
  return { minutes: count + 1, failures }
}

/** Numbers from a seed, the same on every machine (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Hours as somebody might write them: around the hour at which clocks are set, over midnight, several a day, with a holiday. */
export function randomHours(random: () => number, aroundMs: number): Omit<ZonedHours, 'zones'> {
  const clock = (hour: number): string =>
    `${String(hour).padStart(2, '0')}:${String(Math.floor(random() * 4) * 15).padStart(2, '0')}`
  const range = (): WeekHours => {
    const days: readonly WeekDay[] = weekDays.filter(() => random() < 0.7)
    const fromHour = Math.floor(random() * (random() < 0.5 ? 4 : 24))
    const toHour = Math.floor(random() * 24)
    const [from, to] = [clock(fromHour), clock(toHour)]
    return { days: days.length === 0 ? ['sun'] : [...days], from, to: from === to ? '24:00' : to }
  }
  const holiday = new Date(aroundMs + Math.floor(random() * 3) * dayMs).toISOString().slice(0, 10)
  return {
    hours: Array.from({ length: 1 + Math.floor(random() * 3) }, range),
    holidays: random() < 0.3 ? [holiday] : [],
  }
}

/** The hours of every preset, for one zone. */
export function presetWindows(zone: ZoneTransitions): readonly (readonly ZonedHours[])[] {
  return Object.values(presets).map(({ hours }) => [{ ...hours, zones: [zone] }])
}
