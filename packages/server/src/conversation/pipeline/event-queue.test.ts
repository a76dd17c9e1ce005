import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { EventQueue } from './event-queue.ts'

const patienceMs = 1_000

describe('the queue of events', () => {
  const onAbandoned = vi.fn<() => void>()
  const onTaken = vi.fn<(event: number) => void>()
  beforeEach(() => {
    vi.useFakeTimers()
    vi.clearAllMocks()
  })
  afterEach(() => {
    vi.useRealTimers()
  })
  const make = (maxEvents = 3) => new EventQueue<number>({ maxEvents, patienceMs, onTaken, onAbandoned })

  test('gives events in their order, then undefined once it is closed', async () => {
    const queue = make()
    for (const event of [1, 2, 3]) expect(await queue.push(event)).toBe(true)
    queue.close()
    expect([await queue.next(), await queue.next(), await queue.next(), await queue.next()]).toEqual([
      1,
      2,
      3,
      undefined,
    ])
    expect(await queue.push(4)).toBe(false)
    expect(onAbandoned).not.toHaveBeenCalled()
  })

  test('a reader that is early waits for the next event, or for the end', async () => {
    const queue = make()
    const first = queue.next()
    await queue.push(1)
    expect(await first).toBe(1)
    const end = queue.next()
    queue.close()
    expect(await end).toBeUndefined()
  })

  test('a full queue makes the writer wait until there is room', async () => {
    const queue = make(1)
    await queue.push(1)
    const waiting = queue.push(2)
    expect(await queue.next()).toBe(1)
    expect(await waiting).toBe(true)
    expect(await queue.next()).toBe(2)
    await vi.advanceTimersByTimeAsync(patienceMs * 2)
    expect(onAbandoned).not.toHaveBeenCalled()
  })

  test('several writers at once all go on while the client reads', async () => {
    const queue = make(1)
    await queue.push(0)
    const waiting = [1, 2, 3].map((event) => queue.push(event))
    const read: unknown[] = []
    for (let turn = 0; turn < 4; turn += 1) {
      read.push(await queue.next())
      await vi.advanceTimersByTimeAsync(1)
    }
    await vi.advanceTimersByTimeAsync(patienceMs * 2)
    expect(onAbandoned).not.toHaveBeenCalled()
    expect(new Set(read)).toEqual(new Set([0, 1, 2, 3]))
    expect(await Promise.all(waiting)).toEqual([true, true, true])
  })

  test('one that waits until all was read does not hold up who writes', async () => {
    const queue = make(1)
    await queue.push(0)
    const waiting = queue.push(1)
    const drained = queue.drained(new AbortController().signal)
    expect([await queue.next(), await waiting, await queue.next()]).toEqual([0, true, 1])
    expect(await drained).toBe(true)
    await vi.advanceTimersByTimeAsync(patienceMs * 2)
    expect(onAbandoned).not.toHaveBeenCalled()
  })

  test('a client that does not read for as long as patience lasts is given up', async () => {
    const queue = make(2)
    await queue.push(1)
    await queue.push(2)
    const waiting = queue.push(3)
    await vi.advanceTimersByTimeAsync(patienceMs)
    expect(await waiting).toBe(false)
    expect(onAbandoned).toHaveBeenCalledOnce()
    expect(onTaken).not.toHaveBeenCalled()
    expect(await queue.next()).toBeUndefined()
  })

  test('a client that leaves takes what it had not read along, and later events are dropped', async () => {
    const queue = make()
    await queue.push(1)
    await queue.push(2)
    expect(await queue.next()).toBe(1)
    queue.abandon()
    queue.abandon()
    expect(onAbandoned).toHaveBeenCalledOnce()
    expect(onTaken).toHaveBeenCalledExactlyOnceWith(1)
    expect(await queue.push(3)).toBe(false)
    expect(await queue.next()).toBeUndefined()
  })

  test('leaving after everything was read is no leaving', async () => {
    const queue = make()
    await queue.push(1)
    queue.close()
    await queue.next()
    queue.abandon()
    expect(onAbandoned).not.toHaveBeenCalled()
  })

  test('is drained when the last event was taken, and not before', async () => {
    const queue = make()
    const { signal } = new AbortController()
    expect(await queue.drained(signal)).toBe(true)
    await queue.push(1)
    await queue.push(2)
    const drained = vi.fn<(all: boolean) => void>()
    void queue.drained(signal).then(drained)
    await queue.next()
    await vi.advanceTimersByTimeAsync(patienceMs - 1)
    expect(drained).not.toHaveBeenCalled()
    await queue.next()
    await vi.advanceTimersByTimeAsync(0)
    expect(drained).toHaveBeenCalledExactlyOnceWith(true)
    expect(onTaken.mock.calls).toEqual([[1], [2]])
  })

  test('is not drained by a client that stopped reading, and gives it up', async () => {
    const queue = make()
    await queue.push(1)
    const drained = queue.drained(new AbortController().signal)
    await vi.advanceTimersByTimeAsync(patienceMs)
    expect(await drained).toBe(false)
    expect(onAbandoned).toHaveBeenCalledOnce()
  })

  test('does not wait to be drained once it is told to stop', async () => {
    const queue = make()
    await queue.push(1)
    const controller = new AbortController()
    const drained = queue.drained(controller.signal)
    controller.abort()
    expect(await drained).toBe(false)
    expect(await queue.drained(controller.signal)).toBe(false)
    expect(onAbandoned).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  })

  test('what is dropped is never read, the rest is, and a writer that waited for room goes on', async () => {
    const queue = make(2)
    await queue.push(1)
    await queue.push(2)
    const waiting = queue.push(3)
    queue.drop((event) => event === 1)
    expect(await waiting).toBe(true)
    queue.close()
    expect([await queue.next(), await queue.next(), await queue.next()]).toEqual([2, 3, undefined])
  })
})
