import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { TokenWatch } from './token-watch.ts'

const deadlines = { firstTokenMs: 100, betweenTokensMs: 50, totalMs: 1000 }
const never = (): Promise<never> => Promise.race([])

/** What a wait fails with after so much time has passed. */
async function failureOf(work: Promise<unknown>, afterMs: number): Promise<unknown> {
  const failure = work.then(
    () => undefined,
    (error: unknown) => error,
  )
  await vi.advanceTimersByTimeAsync(afterMs)
  return failure
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('the clock of a model call', () => {
  it('does not count the time that the caller takes between two tokens', async () => {
    const watch = new TokenWatch(deadlines, new AbortController().signal)
    await watch.wait(Promise.resolve())
    watch.tokenCame()
    await vi.advanceTimersByTimeAsync(900)
    await expect(watch.wait(Promise.resolve('next'))).resolves.toBe('next')
    watch.stop()
  })

  it('counts heartbeats and silence together until the first token', async () => {
    const watch = new TokenWatch(deadlines, new AbortController().signal)
    const beat = watch.wait(new Promise((settle) => setTimeout(settle, 70)))
    await vi.advanceTimersByTimeAsync(70)
    await beat
    await expect(failureOf(watch.wait(never()), 31)).resolves.toMatchObject({
      kind: 'timeout',
      message: 'no first token within 100 ms',
    })
  })

  it('ends a wait for the next token, and the whole answer, at their deadlines', async () => {
    const watch = new TokenWatch(deadlines, new AbortController().signal)
    watch.tokenCame()
    await expect(failureOf(watch.wait(never()), 50)).resolves.toMatchObject({ message: 'no next token within 50 ms' })
    const whole = new TokenWatch({ ...deadlines, betweenTokensMs: 5000 }, new AbortController().signal)
    whole.tokenCame()
    await expect(failureOf(whole.wait(never()), 1000)).resolves.toMatchObject({
      message: 'no whole answer within 1000 ms',
    })
  })

  it('leaves no timer behind when the call is over', async () => {
    const watch = new TokenWatch(deadlines, new AbortController().signal)
    await watch.wait(Promise.resolve())
    watch.stop()
    expect([vi.getTimerCount(), watch.signal.aborted]).toStrictEqual([0, true])
  })

  it('ends with the reason of the caller, also of one who left before', async () => {
    const reason = new Error('barge-in')
    const controller = new AbortController()
    const watch = new TokenWatch(deadlines, controller.signal)
    const waiting = failureOf(watch.wait(never()), 0)
    controller.abort(reason)
    expect(await waiting).toBe(reason)
    const late = new TokenWatch(deadlines, controller.signal)
    await expect(late.wait(never())).rejects.toBe(reason)
    watch.stop()
    late.stop()
  })
})
