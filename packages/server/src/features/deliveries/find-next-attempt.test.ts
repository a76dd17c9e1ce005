import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findNextAttempt } from './find-next-attempt.ts'

const first = new Date('2026-01-26T12:00:00.000Z')
const minutes = 60_000
const hours = 60 * minutes
const offsets = [5_000, 5 * minutes, 30 * minutes, 2 * hours, 5 * hours, 10 * hours, 14 * hours, 20 * hours, 24 * hours]

describe('when a delivery is tried again', () => {
  test('is 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h after the first attempt, and then never', () => {
    let nowMs = first.getTime()
    for (const [index, offset] of offsets.entries()) {
      const next = findNextAttempt({
        attempt: index + 1,
        firstAttemptAt: first,
        nowMs,
        retryAfterMs: undefined,
        random: () => 0,
      })
      expect(next?.getTime()).toBe(first.getTime() + offset)
      nowMs = next?.getTime() ?? 0
    }
    const last = { attempt: 10, firstAttemptAt: first, nowMs, retryAfterMs: 1_000, random: () => 0 }
    expect(findNextAttempt(last)).toBeUndefined()
  })

  test('has up to a tenth of jitter, only later', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, share) => {
        const offset = offsets[attempt - 1] ?? 0
        const next = findNextAttempt({
          attempt,
          firstAttemptAt: first,
          nowMs: first.getTime(),
          retryAfterMs: undefined,
          random: () => share,
        })
        const waited = (next?.getTime() ?? 0) - first.getTime()
        expect(waited).toBeGreaterThanOrEqual(offset)
        expect(waited).toBeLessThanOrEqual(offset * 1.1 + 1)
      }),
    )
  })

  test('is not sooner than the endpoint asked for, and not before the plan because it asked for less', () => {
    const next = (retryAfterMs: number) =>
      findNextAttempt({
        attempt: 2,
        firstAttemptAt: first,
        nowMs: first.getTime() + 5_000,
        retryAfterMs,
        random: () => 0,
      })
    expect(next(hours)?.getTime()).toBe(first.getTime() + 5_000 + hours)
    expect(next(1_000)?.getTime()).toBe(first.getTime() + 5 * minutes)
  })

  test('does not make up for hours without a worker by attempts in a row', () => {
    const nowMs = first.getTime() + 48 * hours
    const next = (attempt: number) =>
      findNextAttempt({ attempt, firstAttemptAt: first, nowMs, retryAfterMs: undefined, random: () => 0 })
    expect(next(1)?.getTime()).toBe(nowMs + 5_000)
    expect(next(4)?.getTime()).toBe(nowMs + 5 * minutes)
  })
})
