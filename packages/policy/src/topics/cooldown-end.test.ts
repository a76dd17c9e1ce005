import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type CooldownCause, cooldownEnd } from './cooldown-end.ts'

const hour = 3_600_000
const length = { hours: 100, extend_hours: 24, max_hours: 130 }
const asked = (atHour: number): CooldownCause => ({ reason: 'user_asked', atMs: atHour * hour })

describe('the end of a cooldown', () => {
  test('is so many hours after its cause', () => {
    expect(cooldownEnd(length, [asked(5)])).toBe(105 * hour)
  })

  test('is later with each further cause, and never later than the longest', () => {
    expect(cooldownEnd(length, [asked(5), asked(6)])).toBe(129 * hour)
    expect(cooldownEnd(length, [asked(5), asked(6), asked(7), asked(8)])).toBe(135 * hour)
  })

  test('is not cut by a longest time that is shorter than the first one', () => {
    expect(cooldownEnd({ ...length, max_hours: 1 }, [asked(0)])).toBe(100 * hour)
  })

  test('comes when no cause counts any more', () => {
    const decaying = { ...length, decay_hours: 10 }
    expect(cooldownEnd(decaying, [asked(0)])).toBe(10 * hour)
    expect(cooldownEnd(decaying, [asked(0), asked(8)])).toBe(18 * hour)
  })

  test('is never before its last cause began to count, and not later with fewer causes', () => {
    const hours = fc.array(fc.nat(50), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(hours, fc.option(fc.integer({ min: 1, max: 400 }), { nil: undefined }), (at, decay_hours) => {
        const causes = at.toSorted((left, right) => left - right).map(asked)
        const end = cooldownEnd({ ...length, decay_hours }, causes)
        expect(end).toBeGreaterThan(causes[0]?.atMs ?? 0)
        if (decay_hours === undefined && causes.length > 1) {
          expect(cooldownEnd(length, causes.slice(0, -1))).toBeLessThanOrEqual(end)
        }
      }),
    )
  })
})
