import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { followSessionEvents } from './follow-session-events.ts'

const eventsUrl = 'http://127.0.0.1:4700/v1/sessions/ses_01jd3v7t6zf3m8k2x9w4c5b6n7/events'
const withAgent = 'event: escalation\ndata: {"state":"with_agent"}\n\n'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Answers one after the other; the last one stays. */
function follow(...answers: readonly (() => Response)[]) {
  const requests: Request[] = []
  const events: string[] = []
  let gaps = 0
  const stop = followSessionEvents({
    eventsUrl,
    token: 'token-1',
    seed: 'ses_1',
    fetch: async (url, init) => {
      requests.push(new Request(url, init))
      const answer = answers[Math.min(requests.length, answers.length) - 1]
      if (answer === undefined) throw new TypeError('no answer is left')
      return answer()
    },
    onEvent: ({ event }) => events.push(event),
    onGap: () => {
      gaps += 1
    },
  })
  return { requests, events, gaps: () => gaps, stop }
}

function stream(): Response {
  return new Response(withAgent)
}
function refuse(status: number, retryable: boolean, headers: Record<string, string> = {}): () => Response {
  return () => Response.json({ code: 'code', title: 'title', retryable, request_id: 'req_1' }, { status, headers })
}

describe('the stream between the messages', () => {
  test('is asked for with the token in the header and nowhere else', async () => {
    const { requests, events, stop } = follow(stream)
    await vi.advanceTimersByTimeAsync(0)
    expect(requests.map(({ url, method }) => [url, method])).toEqual([[eventsUrl, 'GET']])
    expect(requests[0]?.headers.get('Authorization')).toBe('Bearer token-1')
    expect(events).toEqual(['escalation'])
    stop()
  })

  test('is opened again when it closed, later each time', async () => {
    const { requests, gaps, stop } = follow(stream)
    await vi.advanceTimersByTimeAsync(400)
    expect(requests).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(requests.length).toBeGreaterThan(10)
    expect(requests.length).toBeLessThan(25)
    expect(gaps()).toBe(requests.length)
    stop()
  })

  test('is opened again when the server could not be reached or failed', async () => {
    const unreachable = () => {
      throw new TypeError('failed to fetch')
    }
    const { requests, events, stop } = follow(unreachable, refuse(500, false), stream)
    await vi.advanceTimersByTimeAsync(1000)
    expect(requests.length).toBeGreaterThanOrEqual(3)
    expect(events).not.toEqual([])
    stop()
  })

  test('waits as long as the server asks', async () => {
    const { requests, stop } = follow(refuse(429, true, { 'Retry-After': '30' }), stream)
    await vi.advanceTimersByTimeAsync(29_000)
    expect(requests).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1500)
    expect(requests.length).toBeGreaterThanOrEqual(2)
    stop()
  })

  test.each([401, 403, 404, 409])('is not asked for again after %s', async (status) => {
    const { requests } = follow(refuse(status, false))
    await vi.advanceTimersByTimeAsync(600_000)
    expect(requests).toHaveLength(1)
  })

  test('is let go when it is stopped, also between two attempts', async () => {
    const { requests, gaps, stop } = follow(stream)
    await vi.advanceTimersByTimeAsync(0)
    stop()
    await vi.advanceTimersByTimeAsync(600_000)
    expect([requests.length, gaps()]).toEqual([1, 1])
    expect(requests[0]?.signal.aborted).toBe(true)
  })
})
