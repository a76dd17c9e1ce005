import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { TickWatch } from './tick-watch.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('asks again and again, acts only when it is due, and no more once it is stopped', () => {
  const onDue = vi.fn<() => void>()
  let isDue = false
  const watch = new TickWatch({ everyMs: 15_000, isDue: () => isDue, onDue })
  vi.advanceTimersByTime(60_000)
  expect(onDue).not.toHaveBeenCalled()
  isDue = true
  vi.advanceTimersByTime(15_000)
  expect(onDue).toHaveBeenCalledTimes(1)
  watch.stop()
  vi.advanceTimersByTime(60_000)
  expect(onDue).toHaveBeenCalledTimes(1)
})
