import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

type Rgb = readonly number[]
const tokens = readFileSync(new URL('../../packages/widget/src/tokens.css', import.meta.url), 'utf8')
const schemes = ['light', 'dark'] as const

/** Text on what it stands on: WCAG 2.2 AA wants 4.5. */
const textPairs = [
  ['--ink', '--paper'],
  ['--ink', '--sheet'],
  ['--ink', '--thread-soft'],
  ['--ink', '--fails-soft'],
  ['--ink-soft', '--paper'],
  ['--ink-soft', '--sheet'],
  ['--ink-soft', '--thread-soft'],
  ['--ink-soft', '--fails-soft'],
  ['--on-thread', '--thread'],
  ['--guard', '--guard-soft'],
  ['--fails', '--fails-soft'],
  ['--fails', '--sheet'],
  ['--fails', '--paper'],
  ['--thread', '--sheet'],
  ['--thread', '--thread-soft'],
] as const

/** Signs, focus lines and the edges of what one writes into: 3 (1.4.11). */
const signPairs = [
  ['--thread', '--paper'],
  ['--thread', '--sheet'],
  ['--thread', '--thread-soft'],
  ['--guard', '--paper'],
  ['--fails', '--paper'],
  ['--line-strong', '--paper'],
  ['--line-strong', '--sheet'],
  ['--ink-soft', '--paper'],
] as const

describe.each(schemes)('in the %s scheme', (scheme) => {
  test.each(textPairs)('%s on %s can be read', (front, back) => {
    expect(contrast(colour(front, scheme), colour(back, scheme))).toBeGreaterThanOrEqual(4.5)
  })
  test.each(signPairs)('%s on %s can be seen', (front, back) => {
    expect(contrast(colour(front, scheme), colour(back, scheme))).toBeGreaterThanOrEqual(3)
  })
})

function colour(name: string, scheme: (typeof schemes)[number]): Rgb {
  const found = new RegExp(`${name}: light-dark\\(#([0-9a-f]{6}), #([0-9a-f]{6})\\)`).exec(tokens)
  const hex = found?.[scheme === 'light' ? 1 : 2]
  if (hex === undefined) throw new Error(`tokens.css has no ${name} with two colours`)
  return [0, 2, 4].map((start) => Number.parseInt(hex.slice(start, start + 2), 16))
}

/** Contrast ratio of WCAG 2.2. */
function contrast(one: Rgb, two: Rgb): number {
  const [darker, lighter] = [luminance(one), luminance(two)].sort((first, second) => first - second)
  return ((lighter ?? 0) + 0.05) / ((darker ?? 0) + 0.05)
}

function luminance(rgb: Rgb): number {
  const [red, green, blue] = rgb.map((part) => {
    const share = part / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0)
}
