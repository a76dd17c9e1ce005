import { describe, expect, it } from 'vitest'
import { readClasses } from './read-classes.ts'
import { dayMs, presetWindows, randomHours, seeded, walk } from './walk-windows.ts'

/** A tenth of what `npm run prove:time` walks, another one of each class. */
const seed = 20_261_201
const startMs = Date.UTC(2026, 0, 1)
const classes = readClasses(startMs)

describe('P9: windows against a reading minute by minute', () => {
  it('knows many ways to set clocks', () => {
    expect(classes.length).toBeGreaterThan(50)
    expect(classes.flatMap(({ names }) => names).length).toBeGreaterThan(400)
  })

  it('agrees in the 48 hours around each time that a clock is set', () => {
    const random = seeded(seed)
    let minutes = 0
    for (const { zone, names } of classes) {
      for (const { fromMs } of zone.transitions.slice(1)) {
        const windows = [{ ...randomHours(random, fromMs), zones: [zone] }]
        const walked = walk(windows, fromMs - dayMs, fromMs + dayMs)
        minutes += walked.minutes
        expect(walked.failures, `${names[0]} ${JSON.stringify(windows)}`).toEqual([])
      }
    }
    expect(minutes).toBeGreaterThan(100_000)
  })

  it('agrees in seeded ordinary weeks, presets and several zones together', () => {
    const random = seeded(seed + 1)
    for (const [index, { zone, names }] of classes.entries()) {
      if (index % 10 !== 0) continue
      const other = classes[Math.floor(random() * classes.length)]?.zone ?? zone
      const fromMs = startMs + Math.floor(random() * 300) * dayMs
      const presetted = presetWindows(zone)
      const windows = [
        [{ ...randomHours(random, fromMs), zones: [zone, other] }],
        presetted[Math.floor(random() * presetted.length)] ?? [],
      ]
      for (const one of windows) {
        expect(walk(one, fromMs, fromMs + 7 * dayMs).failures, `${names[0]} ${JSON.stringify(one)}`).toEqual([])
      }
    }
  })
})
