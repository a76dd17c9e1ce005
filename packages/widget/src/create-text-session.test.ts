import type { SessionEvent } from '@hyponema/contract'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createTextSession, type MessageOutcome } from './create-text-session.ts'

const messagesUrl = 'http://127.0.0.1:4700/v1/sessions/ses_01jd3v7t6zf3m8k2x9w4c5b6n7/messages'
const turn_id = 'trn_01jd3v7t6zf3m8k2x9w4c5b6n7'
const begin = { event: 'turn_start', data: { turn_id, role: 'agent' } } as const
const hello = { event: 'token', data: { turn_id, text: 'Hello' } } as const
const finish = { event: 'turn_end', data: { turn_id, status: 'complete', session_status: 'in_progress' } } as const

afterEach(() => {
  vi.useRealTimers()
})

function streamed(
  events: readonly { event: string; data: unknown }[],
  ending: 'close' | 'break' | 'hang' = 'close',
): Response {
  const text = events.map(({ event, data }) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`).join('')
  const parts = [new TextEncoder().encode(text)]
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const part = parts.shift()
      if (part !== undefined) return controller.enqueue(part)
      if (ending === 'close') return controller.close()
      if (ending === 'break') return controller.error(new TypeError('network error'))
      return Promise.withResolvers<void>().promise
    },
  })
  return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } })
}

/** Like the browser's fetch, an abort breaks the body of the answer. */
function answering(response: Response): typeof fetch {
  return async (_url, init) => {
    const signal = init?.signal
    if (response.body === null || signal === null || signal === undefined) return response
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    response.body.pipeTo(writable, { signal }).catch(() => undefined)
    return new Response(readable, response)
  }
}

async function send(
  fetch: typeof globalThis.fetch,
): Promise<{ outcome: MessageOutcome; events: readonly SessionEvent[] }> {
  const events: SessionEvent[] = []
  const session = createTextSession({ messagesUrl, token: 'token-1', fetch })
  return { outcome: await session.send('Hi', (event) => events.push(event)), events }
}

describe('a message', () => {
  test('goes to the messages URL with the token in the header and nowhere else', async () => {
    const requests: Request[] = []
    const session = createTextSession({
      messagesUrl,
      token: 'token-1',
      fetch: async (url, init) => {
        requests.push(new Request(url, init))
        return streamed([begin, hello, finish])
      },
    })
    await session.start(() => undefined)
    await session.send('Hi', () => undefined)
    expect(requests.map((request) => request.url)).toEqual([messagesUrl, messagesUrl])
    expect(requests.map((request) => request.headers.get('Authorization'))).toEqual([
      'Bearer token-1',
      'Bearer token-1',
    ])
    expect(await Promise.all(requests.map((request) => request.text()))).toEqual(['{"start":true}', '{"text":"Hi"}'])
    expect(requests.every((request) => request.redirect === 'error')).toBe(true)
  })

  test('is finished when every turn that began has ended', async () => {
    const { outcome, events } = await send(answering(streamed([begin, hello, finish])))
    expect(outcome).toEqual({ kind: 'finished' })
    expect(events).toEqual([begin, hello, finish])
  })

  test('is not disturbed by events of a newer server', async () => {
    const { outcome, events } = await send(answering(streamed([{ event: 'mood', data: {} }, begin, finish])))
    expect(outcome).toEqual({ kind: 'finished' })
    expect(events).toHaveLength(2)
  })

  test('has failed when the server says so', async () => {
    const error = {
      code: 'provider.timeout',
      title: 'The provider took too long',
      retryable: true,
      request_id: 'req_1',
    }
    const { outcome } = await send(answering(streamed([begin, hello, { event: 'error', data: error }])))
    expect(outcome).toEqual({ kind: 'failed', error })
  })

  test.each(['close', 'break'] as const)('is cut when the answer stops without an end (%s)', async (ending) => {
    const { outcome, events } = await send(answering(streamed([begin, hello], ending)))
    expect(outcome).toEqual({ kind: 'cut' })
    expect(events).toEqual([begin, hello])
  })

  test('is cut, not finished, when its turn_end cannot be read', async () => {
    const { outcome } = await send(answering(streamed([begin, { event: 'turn_end', data: { turn_id } }])))
    expect(outcome).toEqual({ kind: 'cut' })
  })

  test('is cut when nothing comes for two minutes', async () => {
    vi.useFakeTimers()
    const pending = send(answering(streamed([begin, hello], 'hang')))
    await vi.advanceTimersByTimeAsync(119_000)
    await vi.advanceTimersByTimeAsync(2_000)
    expect((await pending).outcome).toEqual({ kind: 'cut' })
  })

  test('is unanswered when the server cannot be reached', async () => {
    const { outcome } = await send(() => Promise.reject(new TypeError('Failed to fetch')))
    expect(outcome).toEqual({ kind: 'unanswered' })
  })

  test('that is refused brings the problem document and the time to wait', async () => {
    const problem = {
      code: 'request.rate_limited',
      title: 'Too many requests',
      status: 429,
      retryable: true,
      request_id: 'req_1',
    }
    const { outcome } = await send(answering(Response.json(problem, { status: 429, headers: { 'Retry-After': '12' } })))
    expect(outcome).toEqual({
      kind: 'refused',
      refusal: {
        code: 'request.rate_limited',
        title: 'Too many requests',
        status: 429,
        retryable: true,
        requestId: 'req_1',
        retryAfterSeconds: 12,
      },
    })
  })

  test.each([
    [502, true],
    [403, false],
  ])('that a proxy refused with %s and a page of its own is a refusal too', async (status, retryable) => {
    const { outcome } = await send(
      answering(new Response('<h1>no</h1>', { status, headers: { 'Retry-After': 'tomorrow' } })),
    )
    expect(outcome).toMatchObject({
      kind: 'refused',
      refusal: { code: 'unreadable', retryable, retryAfterSeconds: undefined },
    })
  })

  test('stops when it is aborted, and no event comes after', async () => {
    const events: SessionEvent[] = []
    const session = createTextSession({
      messagesUrl,
      token: 'token-1',
      fetch: answering(streamed([begin, hello], 'hang')),
    })
    const outcome = session.send('Hi', (event) => {
      events.push(event)
      if (event.event === 'token') session.abort()
    })
    expect(await outcome).toEqual({ kind: 'aborted' })
    expect(events).toEqual([begin, hello])
  })
})
