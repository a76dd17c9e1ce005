/** `npm run prove:time`: every way to set clocks, minute by minute over two years, against the naive reading. */
import { offsetReader, readZoneTransitions } from '../../packages/server/src/platform/time/read-zone-transitions.ts'
import { readClasses } from './read-classes.ts'
import { dayMs, presetWindows, randomHours, seeded, walk } from './walk-windows.ts'

const seed = Number(process.argv[2] ?? 20_261_201)
const years = [2026, 2027]
const startedMs = performance.now()
const random = seeded(seed)
const failures: string[] = []
const counts = { zones: 0, classes: 0, transitions: 0, offsets: 0, minutes: 0 }

for (const year of years) {
  const [fromMs, toMs] = [Date.UTC(year, 0, 1), Date.UTC(year + 1, 0, 1)]
  const classes = readClasses(fromMs)
  counts.classes = classes.length
  counts.zones = classes.flatMap(({ names }) => names).length
  for (const { zone, names } of classes) {
    counts.transitions += zone.transitions.length - 1
    checkOffsets(names[0] ?? '', fromMs, toMs)
    // Every minute of the year, under a preset and a rule of its own together; the next instant is asked for every quarter of an hour.
    const presetted = presetWindows(zone)
    const chosen = presetted[Math.floor(random() * presetted.length)] ?? []
    const whole = walk(
      [{ ...randomHours(random, fromMs + 180 * dayMs), zones: [zone] }, ...chosen.slice(0, random() < 0.5 ? 1 : 0)],
      fromMs,
      toMs,
      { untilEvery: 15 },
    )
    counts.minutes += whole.minutes
    failures.push(...whole.failures.map((failure) => `${names[0] ?? ''} ${failure}`))
    // Four seeded weeks and the days around each change with other rules each.
    for (const aroundMs of [...zone.transitions.slice(1).map((one) => one.fromMs), ...weeksOf(fromMs)]) {
      const other = classes[Math.floor(random() * classes.length)]?.zone ?? zone
      const one = [{ ...randomHours(random, aroundMs), zones: [zone, other] }]
      const walked = walk(one, aroundMs - dayMs, aroundMs + 6 * dayMs, { untilEvery: 5 })
      counts.minutes += walked.minutes
      failures.push(...walked.failures.map((failure) => `${names[0] ?? ''} ${failure}`))
    }
  }
}

const seconds = Math.round((performance.now() - startedMs) / 1000)
const report = { seed, years, ...counts, failures: failures.length, first: failures.slice(0, 5), seconds }
process.stdout.write(`${JSON.stringify(report)}\n`)
process.exitCode = failures.length === 0 ? 0 : 1

function weeksOf(fromMs: number): readonly number[] {
  return Array.from({ length: 4 }, () => fromMs + Math.floor(random() * 350) * dayMs)
}

/** The facts themselves against what `Intl` shows, every half hour of the year. */
function checkOffsets(name: string, fromMs: number, toMs: number): void {
  const zone = readZoneTransitions(name, fromMs)
  const shown = offsetReader(name)
  if (zone === null || shown === null) throw new Error(`expected the zone ${name}`)
  for (let atMs = fromMs; atMs < toMs; atMs += dayMs / 48) {
    counts.offsets += 1
    const known = zone.transitions.findLast((one) => one.fromMs <= atMs)?.offsetMinutes
    if (known !== shown(atMs)) failures.push(`${name} ${new Date(atMs).toISOString()}: offset ${String(known)}`)
  }
}
