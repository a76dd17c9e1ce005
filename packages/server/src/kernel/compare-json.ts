/** How two JSON values differ. Entries that have a `name` are compared by it, texts in a list by what they say. */
export type JsonChange = {
  readonly change: 'added' | 'removed' | 'changed'
  /** Into the second value; of what was removed into the first. */
  readonly pointer: string
  /** Name of the innermost named entry that it lies in. */
  readonly rule: string | null
  readonly from?: unknown
  readonly to?: unknown
}

export function compareJson(from: unknown, to: unknown): readonly JsonChange[] {
  return compare(from, to, { before: '', now: '', rule: null })
}

/** Where it stands in the first value, and where in the second. */
type Place = { readonly before: string; readonly now: string; readonly rule: string | null }

function compare(from: unknown, to: unknown, place: Place): readonly JsonChange[] {
  if (from === undefined && to === undefined) return []
  if (from === undefined) return [{ change: 'added', pointer: place.now, rule: place.rule, to }]
  if (to === undefined) return [{ change: 'removed', pointer: place.before, rule: place.rule, from }]
  if (Array.isArray(from) && Array.isArray(to)) return compareLists(from, to, place)
  if (isRecord(from) && isRecord(to)) {
    const names = [...new Set([...Object.keys(from), ...Object.keys(to)])]
    return names.flatMap((name) => compare(from[name], to[name], below(place, name, name)))
  }
  return from === to ? [] : [{ change: 'changed', pointer: place.now, rule: place.rule, from, to }]
}

function compareLists(from: readonly unknown[], to: readonly unknown[], place: Place): readonly JsonChange[] {
  const keys = new Set([...from, ...to].map(keyOf))
  // Without a key of their own, entries are what stands in the same place.
  if (keys.has(undefined)) {
    const length = Math.max(from.length, to.length)
    return Array.from({ length }, (_, index) => compare(from[index], to[index], below(place, index, index))).flat()
  }
  const placeIn = (list: readonly unknown[]) => new Map(list.map((entry, index) => [keyOf(entry), index]))
  const [before, after] = [placeIn(from), placeIn(to)]
  return [...keys].flatMap((key) => {
    const [old, now] = [before.get(key), after.get(key)]
    const entry = now === undefined ? from[old ?? -1] : to[now]
    const at = { ...below(place, old ?? 0, now ?? 0), rule: nameOf(entry) ?? place.rule }
    return compare(old === undefined ? undefined : from[old], now === undefined ? undefined : to[now], at)
  })
}

function below({ before, now, rule }: Place, old: string | number, next: string | number): Place {
  return { before: `${before}/${escaped(old)}`, now: `${now}/${escaped(next)}`, rule }
}

function escaped(part: string | number): string {
  return String(part).replaceAll('~', '~0').replaceAll('/', '~1')
}

function keyOf(entry: unknown): string | undefined {
  if (typeof entry === 'string') return `text ${entry}`
  const name = nameOf(entry)
  return name === undefined ? undefined : `name ${name}`
}

function nameOf(entry: unknown): string | undefined {
  const name = isRecord(entry) ? entry['name'] : undefined
  return typeof name === 'string' ? name : undefined
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
