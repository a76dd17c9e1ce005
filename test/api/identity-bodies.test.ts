/** Bodies of those who have no credential: they come in time and are small, whatever their headers say. */
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Api, openApi } from './api-harness.ts'
import { fromOwnPage } from './sign-in-browser.ts'

describe('the body of a stranger', () => {
  let api: Api
  beforeAll(async () => {
    api = await openApi()
  })
  afterEach(() => void vi.useRealTimers())
  afterAll(() => api.close())

  const send = (path: string, body: ReadableStream<Uint8Array>) => {
    const headers = { ...fromOwnPage, 'content-type': 'application/json', 'transfer-encoding': 'chunked' }
    const request = { method: 'POST', headers, body, ...{ duplex: 'half' } }
    return Promise.resolve(api.app.request(path, request, {}))
  }

  test.each([
    '/auth/sign-in',
    '/auth/confirm',
    '/auth/code',
    '/auth/choose',
    '/auth/refresh',
    '/auth/refresh/sign-out',
  ])('to %s ends within ten seconds and four kilobytes', async (path) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const drops = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(Buffer.from('{')) })
    const answers: number[] = []
    const answered = send(path, drops).then(({ status }) => answers.push(status))
    await vi.advanceTimersByTimeAsync(10_001)
    expect(answers).toEqual([408])
    await answered
    vi.useRealTimers()
    const long = new ReadableStream<Uint8Array>({
      start: (controller) => {
        controller.enqueue(Buffer.alloc(5_000, ' '))
        controller.close()
      },
    })
    expect((await send(path, long)).status).toBe(413)
  })
})
