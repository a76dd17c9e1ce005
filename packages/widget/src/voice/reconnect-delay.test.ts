import fc from 'fast-check'
import { expect, test } from 'vitest'
import { reconnectDelay } from './reconnect-delay.ts'

test('grows from a quarter of a second to five, give or take a quarter', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), fc.string(), (attempt, seed) => {
      const wholeMs = Math.min(5000, 250 * 2 ** (attempt - 1))
      expect(reconnectDelay(attempt, seed)).toBeGreaterThanOrEqual(wholeMs * 0.75)
      expect(reconnectDelay(attempt, seed)).toBeLessThan(wholeMs * 1.25)
    }),
  )
})

test('is not the same for everybody', () => {
  const delays = Array.from({ length: 100 }, (_, client) => Math.round(reconnectDelay(1, `token ${client}`)))
  expect(new Set(delays).size).toBeGreaterThan(40)
})
