import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createPlayClock } from './play-clock.ts'

describe('the clock of all players', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('has one timer for everybody, and none while nobody plays', () => {
    const clock = createPlayClock()
    const counts = [0, 0]
    expect(vi.getTimerCount()).toBe(0)
    const stops = counts.map((_, player) => clock.start(() => void (counts[player] = (counts[player] ?? 0) + 1)))
    expect(vi.getTimerCount()).toBe(1)
    vi.advanceTimersByTime(100)
    expect(counts).toEqual([5, 5])
    stops[0]?.()
    stops[0]?.()
    vi.advanceTimersByTime(100)
    expect(counts).toEqual([5, 10])
    stops[1]?.()
    expect(vi.getTimerCount()).toBe(0)
    clock.start(() => void (counts[0] = 100))
    vi.advanceTimersByTime(20)
    expect(counts).toEqual([100, 10])
  })

  it('lets a player stop another, or itself, or start one, within a pulse', () => {
    const clock = createPlayClock()
    const seen: string[] = []
    const stopFirst = clock.start(() => {
      seen.push('first')
      stopFirst()
      stopSecond()
      clock.start(() => void seen.push('third'))
    })
    const stopSecond = clock.start(() => void seen.push('second'))
    vi.advanceTimersByTime(20)
    expect(seen).not.toContain('second')
    vi.advanceTimersByTime(20)
    expect(seen.filter((name) => name === 'first')).toEqual(['first'])
    expect(seen).toContain('third')
  })

  it('never goes back', () => {
    const { nowMs } = createPlayClock()
    const before = nowMs()
    vi.advanceTimersByTime(5)
    expect(nowMs()).toBeGreaterThanOrEqual(before)
  })
})
