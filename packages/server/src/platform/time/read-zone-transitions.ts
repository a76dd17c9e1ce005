import type { ZoneTransitions } from '@hyponema/policy'

const dayMs = 86_400_000
/** Facts reach so far back and ahead of the instant that is asked about; the engine looks 400 days ahead. */
const backMs = 40 * dayMs
const aheadMs = 410 * dayMs
/** Facts of one month serve all instants of it, so that a zone is read a dozen times a year and not at every contact. */
const slotMs = 30 * dayMs
/** There are about 450 zones and three spellings of some; more than this is somebody's invention of names. */
const maxEntries = 1000

const cache = new Map<string, ZoneTransitions>()
const formats = new Map<string, Intl.DateTimeFormat | null>()

/** What the clocks of a zone do around an instant; null when nobody knows a zone of that name. */
export function readZoneTransitions(name: string, atMs: number): ZoneTransitions | null {
  const slot = Math.floor(atMs / slotMs)
  const key = `${name} ${slot}`
  const known = cache.get(key)
  if (known !== undefined) return known
  const offsetAt = offsetReader(name)
  if (offsetAt === null) return null
  const zone = {
    name,
    transitions: transitionsBetween(offsetAt, slot * slotMs - backMs, (slot + 1) * slotMs + aheadMs),
  }
  keep(cache, key, zone)
  return zone
}

/** Whether this machine knows a time zone of that name. */
export function isKnownZone(name: string): boolean {
  return formatOf(name) !== null
}

/** Looks once a day: no zone has ever set its clock and set it back on the next day. */
export function transitionsBetween(
  offsetAt: (atMs: number) => number,
  fromMs: number,
  toMs: number,
): ZoneTransitions['transitions'] {
  let offset = offsetAt(fromMs)
  const transitions = [{ fromMs, offsetMinutes: offset }]
  for (let atMs = fromMs; atMs < toMs; atMs += dayMs) {
    if (offsetAt(atMs + dayMs) === offset) continue
    const changeMs = firstChange(offsetAt, atMs, atMs + dayMs)
    offset = offsetAt(changeMs)
    transitions.push({ fromMs: changeMs, offsetMinutes: offset })
  }
  return transitions
}

/** The first millisecond with another offset than `fromMs` has; `toMs` has another one. */
function firstChange(offsetAt: (atMs: number) => number, fromMs: number, toMs: number): number {
  const before = offsetAt(fromMs)
  let [same, other] = [fromMs, toMs]
  while (other - same > 1) {
    const middle = Math.floor((same + other) / 2)
    if (offsetAt(middle) === before) same = middle
    else other = middle
  }
  return other
}

/** The offset in minutes that `Intl` shows: `GMT+05:30`. */
export function offsetReader(name: string): ((atMs: number) => number) | null {
  const format = formatOf(name)
  if (format === null) return null
  return (atMs) => {
    const shown = format.formatToParts(atMs).find(({ type }) => type === 'timeZoneName')?.value ?? ''
    const found = /^GMT(?:([+-])(\d{2}):(\d{2}))?$/.exec(shown)
    if (found === null) throw new RangeError(`expected an offset in whole minutes of ${name}`)
    const minutes = Number(found[2] ?? 0) * 60 + Number(found[3] ?? 0)
    return found[1] === '-' ? -minutes : minutes
  }
}

function formatOf(name: string): Intl.DateTimeFormat | null {
  const known = formats.get(name)
  if (known !== undefined) return known
  const format = createFormat(name)
  keep(formats, name, format)
  return format
}

function createFormat(timeZone: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

/** The oldest entry makes room: a map gives its keys in the order in which they came. */
function keep<Value>(map: Map<string, Value>, key: string, value: Value): void {
  if (map.size >= maxEntries) {
    const oldest = map.keys().next()
    if (oldest.done !== true) map.delete(oldest.value)
  }
  map.set(key, value)
}
