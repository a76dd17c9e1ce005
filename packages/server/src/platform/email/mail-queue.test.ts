import { describe, expect, test, vi } from 'vitest'
import { MailQueue } from './mail-queue.ts'

describe('what waits to be sent', () => {
  test('begins after the caller has gone on, and is all sent before close resolves', async () => {
    const sent: number[] = []
    const queue = new MailQueue({ onFailed: () => undefined })
    for (let index = 0; index < 10; index += 1) {
      queue.add(async () => {
        sent.push(index)
      })
    }
    expect(sent).toEqual([])
    await queue.close()
    expect(sent).toHaveLength(10)
  })

  test('runs two at a time and drops what is too much, saying so', async () => {
    const failed: unknown[] = []
    const queue = new MailQueue({
      onFailed: (error) => failed.push(error),
      limits: { waiting: 3, running: 2, deadlineMs: 5_000 },
    })
    const gate = Promise.withResolvers<void>()
    let running = 0
    let most = 0
    for (let index = 0; index < 5; index += 1) {
      queue.add(async () => {
        running += 1
        most = Math.max(most, running)
        await gate.promise
        running -= 1
      })
    }
    expect(failed).toHaveLength(2)
    await vi.waitFor(() => expect(running).toBe(2), { timeout: 5_000 })
    gate.resolve()
    await queue.close()
    expect([most, running]).toEqual([2, 0])
  })

  test('goes on after one that fails and one that never ends', async () => {
    const failed: string[] = []
    const sent: string[] = []
    const queue = new MailQueue({
      onFailed: (error) => failed.push(error instanceof Error ? error.message : ''),
      limits: { waiting: 10, running: 1, deadlineMs: 20 },
    })
    queue.add(() => Promise.reject(new Error('refused')))
    queue.add(() => new Promise<void>(() => undefined))
    queue.add(async () => {
      sent.push('third')
    })
    await queue.close()
    expect([failed, sent]).toEqual([['refused', 'a mail took longer than 20 ms'], ['third']])
  })
})
