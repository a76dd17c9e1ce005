import { expect, it } from 'vitest'
import { inOwnMemory } from './in-own-memory.ts'

it('copies bytes out of the pool that they came in', () => {
  const pooled = Buffer.from('sealed')
  const own = inOwnMemory(pooled)
  expect(own).toEqual(pooled)
  expect(own.buffer.byteLength).toBe(own.byteLength)
  pooled.fill(0)
  expect(own.toString()).toBe('sealed')
})
