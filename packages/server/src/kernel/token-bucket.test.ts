import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TokenBucket } from './token-bucket.ts'

test('gives its burst at once and its rate afterwards', () => {
  const budget = new TokenBucket({ burst: 10, perSecond: 5 }, 0)
  expect(budget.spend(10, 0)).toBe(true)
  expect(budget.spend(1, 0)).toBe(false)
  expect(budget.spend(1, 200)).toBe(true)
  expect(budget.spend(11, 1_000_000)).toBe(false)
  expect(budget.spend(10, 1_000_000)).toBe(true)
})

test('never gives more than the burst and what has flowed back since', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(20), fc.nat(3000)), { maxLength: 50 }), (steps) => {
      const budget = new TokenBucket({ burst: 30, perSecond: 10 }, 0)
      let nowMs = 0
      let given = 0
      for (const [amount, afterMs] of steps) {
        nowMs += afterMs
        if (budget.spend(amount, nowMs)) given += amount
      }
      expect(given).toBeLessThanOrEqual(30 + nowMs / 100 + 1e-6)
    }),
  )
})
