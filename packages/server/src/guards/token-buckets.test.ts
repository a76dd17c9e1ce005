import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { standingClock } from '../platform/crypto/test-harness/key-fixtures.ts'
import { type BucketPolicy, TokenBuckets } from './token-buckets.ts'

const policy: BucketPolicy = { name: 'address', burst: 3, refillPerSecond: 0.5 }

function bucketsAt(clock = standingClock()) {
  const buckets = new TokenBuckets(policy, clock)
  return { clock, buckets, allowed: (key: string) => buckets.take(key).allowed }
}

describe('token buckets', () => {
  it('allow the burst and refuse what is beyond it', () => {
    const { allowed } = bucketsAt()
    expect([1, 2, 3, 4, 5].map(() => allowed('a'))).toEqual([true, true, true, false, false])
  })

  it('keep one caller from using up the budget of another', () => {
    const { allowed } = bucketsAt()
    for (let index = 0; index < 9; index += 1) allowed('a')
    expect(allowed('b')).toBe(true)
  })

  it('say how many are left and how long it takes until there is one more', () => {
    const { buckets, clock } = bucketsAt()
    expect(buckets.take('a')).toEqual({ allowed: true, remaining: 2, retryAfterSeconds: 0, policy })
    expect(buckets.take('a')).toMatchObject({ remaining: 1, retryAfterSeconds: 0 })
    expect(buckets.take('a')).toMatchObject({ allowed: true, remaining: 0, retryAfterSeconds: 2 })
    expect(buckets.take('a')).toMatchObject({ allowed: false, remaining: 0, retryAfterSeconds: 2 })
    clock.advance(500)
    expect(buckets.take('a')).toMatchObject({ allowed: false, retryAfterSeconds: 1.5 })
  })

  it('refill at their rate and never beyond the burst, and a refusal costs nothing', () => {
    const { allowed, clock } = bucketsAt()
    for (let index = 0; index < 9; index += 1) allowed('a')
    clock.advance(1_999)
    expect(allowed('a')).toBe(false)
    clock.advance(1)
    expect(allowed('a')).toBe(true)
    expect(allowed('a')).toBe(false)
    clock.advance(86_400_000)
    expect([1, 2, 3, 4].map(() => allowed('a'))).toEqual([true, true, true, false])
  })

  it('do not refuse who has budget because the clock went back', () => {
    const { allowed, clock } = bucketsAt()
    expect(allowed('a')).toBe(true)
    clock.advance(-3_600_000)
    expect([allowed('a'), allowed('a'), allowed('a')]).toEqual([true, true, false])
  })

  it('forget the longest unused of 50,000, which forgives and never refuses', () => {
    const { allowed } = bucketsAt()
    for (let index = 0; index < 4; index += 1) allowed('first')
    expect(allowed('first')).toBe(false)
    for (let index = 0; index < 50_000; index += 1) allowed(`caller ${index}`)
    expect(allowed('first')).toBe(true)
  })

  it('take keys of any name', () => {
    const { allowed } = bucketsAt()
    for (const key of ['', '__proto__', 'constructor']) expect(allowed(key)).toBe(true)
  })

  it('allow at most the burst and what was refilled, however requests come', () => {
    const waits = fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 60 })
    fc.assert(
      fc.property(waits, (pauses) => {
        const { allowed, clock } = bucketsAt()
        let passed = 0
        let elapsedMs = 0
        for (const pauseMs of pauses) {
          clock.advance(pauseMs)
          elapsedMs += pauseMs
          if (allowed('a')) passed += 1
          expect(passed).toBeLessThanOrEqual(policy.burst + (elapsedMs / 1000) * policy.refillPerSecond)
        }
      }),
    )
  })
})
