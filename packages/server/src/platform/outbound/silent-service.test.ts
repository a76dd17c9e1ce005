import { describe, expect, it } from 'vitest'
import { AppError } from '../../kernel/app-error.ts'
import { SilentService } from './silent-service.ts'

function scene() {
  let nowMs = 1_000
  const service = new SilentService({ nowMs: () => nowMs })
  let asked = 0
  const ask = <Result>(work: () => Promise<Result>) =>
    service.ask(() => {
      asked += 1
      return work()
    })
  return { ask, asked: () => asked, pass: (ms: number) => (nowMs += ms) }
}

const answer = () => Promise.resolve('answer')
const silence = () => Promise.reject(new AppError('outbound.timeout', 'did not begin to answer'))
const timeout = { code: 'outbound.timeout' }

describe('a service that has stopped to answer', () => {
  it('is not asked for a second, and then again', async () => {
    const { ask, asked, pass } = scene()
    await expect(ask(silence)).rejects.toMatchObject(timeout)
    pass(999)
    await expect(ask(answer)).rejects.toMatchObject({ ...timeout, message: expect.stringContaining('not asked now') })
    expect(asked()).toBe(1)
    pass(1)
    expect(await ask(answer)).toBe('answer')
    expect(await Promise.all([ask(answer), ask(answer)])).toEqual(['answer', 'answer'])
  })

  it('is tried by one at a time, until one is answered', async () => {
    const { ask, asked, pass } = scene()
    await expect(ask(silence)).rejects.toMatchObject(timeout)
    pass(1000)
    const { promise, resolve } = Promise.withResolvers<string>()
    const trying = ask(() => promise)
    await expect(ask(answer)).rejects.toMatchObject(timeout)
    expect(asked()).toBe(2)
    resolve('back')
    expect(await trying).toBe('back')
    expect(await ask(answer)).toBe('answer')
  })

  it('stays silent where the one that tries is not answered either', async () => {
    const { ask, asked, pass } = scene()
    await expect(ask(silence)).rejects.toMatchObject(timeout)
    pass(1000)
    await expect(ask(silence)).rejects.toMatchObject(timeout)
    await expect(ask(answer)).rejects.toMatchObject(timeout)
    expect(asked()).toBe(2)
  })

  it('is asked on where it refuses or fails quickly: that holds nobody', async () => {
    const { ask } = scene()
    await expect(ask(() => Promise.reject(new AppError('outbound.failed', 'refused')))).rejects.toMatchObject({
      code: 'outbound.failed',
    })
    expect(await ask(answer)).toBe('answer')
  })
})
