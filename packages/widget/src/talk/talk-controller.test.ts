import type { TalkSession } from '@hyponema/contract'
import { describe, expect, test, vi } from 'vitest'
import { TalkController } from './talk-controller.ts'

const agentId = 'agt_01jd3v7t6zf3m8k2x9w4c5b6n7'
const baseUrl = 'http://127.0.0.1:4700'
let nowMs = Date.parse('2026-01-31T12:00:00Z')

type Exchange = {
  readonly path: string
  readonly method: string
  readonly token: string | null
  readonly body: unknown
}

/** A server that answers by path, as the real one does, over real Request and Response objects. */
function createServer(
  answers: {
    open?: () => Response
    message?: (body: unknown) => Response
    end?: () => Response
    events?: (signal: AbortSignal) => Response
  } = {},
) {
  const exchanges: Exchange[] = []
  const followed: Pick<Exchange, 'path' | 'token'>[] = []
  let sessions = 0
  const fetch: typeof globalThis.fetch = async (url, init) => {
    const request = new Request(url instanceof Request ? url : new URL(url, baseUrl), init)
    const path = new URL(request.url).pathname
    if (request.method === 'GET') {
      followed.push({ path, token: request.headers.get('Authorization') })
      return answers.events?.(request.signal) ?? problem(401, 'session.token_invalid')
    }
    const body: unknown = await request.json()
    exchanges.push({ path, method: request.method, token: request.headers.get('Authorization'), body })
    if (path.endsWith('/messages')) return answers.message?.(body) ?? reply('Hello')
    if (path.endsWith('/end')) return answers.end?.() ?? Response.json({ status: 'completed' })
    sessions += 1
    return answers.open?.() ?? opened(`ses_${sessions}`)
  }
  return { fetch, exchanges, followed }
}

function opened(id: string, expiresAt = '2026-01-31T12:15:00.000Z', headers: Record<string, string> = {}): Response {
  const session: TalkSession = {
    session: {
      id,
      status: 'pending',
      token: `token of ${id}`,
      expires_at: expiresAt,
      messages_url: `/v1/sessions/${id}/messages`,
      ws_url: null,
    },
    voice: null,
    agent: { name: 'Riverside Clinic', title: 'AI receptionist' },
    retention: { days: 30, sealed: true },
    policy: { name: 'clinic', version: 7, sha256: '4c1e9a' },
  }
  return Response.json(session, { status: 201, headers })
}

function reply(text: string): Response {
  const turn_id = `trn_${crypto.randomUUID()}`
  const events = [
    ['turn_start', { turn_id, role: 'agent' }],
    ['token', { turn_id, text }],
    ['turn_end', { turn_id, status: 'complete', session_status: 'in_progress' }],
  ] as const
  return new Response(events.map(([name, data]) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`).join(''))
}

function staysOpen(events: readonly (readonly [string, object])[]): Response {
  const text = events.map(([name, data]) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`).join('')
  return new Response(new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode(text)) }))
}

function problem(status: number, code: string, headers: Record<string, string> = {}): Response {
  return Response.json(
    { code, title: code, status, retryable: status === 429, request_id: 'req_1' },
    { status, headers },
  )
}

function createController(fetch: typeof globalThis.fetch): TalkController {
  const createVoice = () => {
    throw new Error('a text session asked for a voice')
  }
  return new TalkController({ agentId, fetch, nowMs: () => nowMs, baseUrl, onChange: () => undefined, createVoice })
}

describe('the page', () => {
  test('asks for a session, lets the agent open, and sends what is typed', async () => {
    const server = createServer()
    const controller = createController(server.fetch)
    await controller.open()
    expect(controller.send('  A visit, please ')).toBe(true)
    await vi.waitUntil(() => controller.state.phase === 'ready')
    expect(server.exchanges).toEqual([
      { path: `/talk/${agentId}/sessions`, method: 'POST', token: null, body: {} },
      { path: '/v1/sessions/ses_1/messages', method: 'POST', token: 'Bearer token of ses_1', body: { start: true } },
      {
        path: '/v1/sessions/ses_1/messages',
        method: 'POST',
        token: 'Bearer token of ses_1',
        body: { text: 'A visit, please' },
      },
    ])
    expect(controller.state.turns.map((turn) => turn.text)).toEqual(['Hello', 'A visit, please', 'Hello'])
  })

  test('sends one message at a time and nothing empty', async () => {
    const controller = createController(createServer().fetch)
    expect(controller.send('too early')).toBe(false)
    await controller.open()
    expect(controller.send(' \n')).toBe(false)
    expect(controller.send('one')).toBe(true)
    expect(controller.send('two')).toBe(false)
  })

  test('reads what a person says between the messages, with the token of the session, and stops at its end', async () => {
    const turn_id = 'trn_person'
    const signals: AbortSignal[] = []
    const server = createServer({
      events: (signal) => {
        signals.push(signal)
        return staysOpen([
          ['escalation', { state: 'with_person' }],
          ['turn_start', { turn_id, role: 'operator' }],
          ['token', { turn_id, text: 'This is Ann' }],
          ['turn_end', { turn_id, status: 'complete', session_status: 'in_progress' }],
        ])
      },
    })
    const controller = createController(server.fetch)
    await controller.open()
    await vi.waitUntil(
      () => controller.state.turns.at(-1)?.status === 'complete' && controller.state.turns.length === 2,
    )
    expect(server.followed).toEqual([{ path: '/v1/sessions/ses_1/events', token: 'Bearer token of ses_1' }])
    expect(controller.state.turns.at(-1)).toMatchObject({ role: 'person', text: 'This is Ann' })
    expect(controller.state.notice?.title).toBe('You are now talking to a person')
    await controller.end()
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
  })

  test('ends the session with its own token', async () => {
    const server = createServer()
    const controller = createController(server.fetch)
    await controller.open()
    await controller.end()
    expect(server.exchanges.at(-1)).toMatchObject({
      path: `/talk/${agentId}/sessions/ses_1/end`,
      token: 'Bearer token of ses_1',
    })
    expect(controller.state.phase).toBe('ended')
  })

  test.each([401, 404, 409])('takes %s at the end for what it is: the session is over', async (status) => {
    const controller = createController(createServer({ end: () => problem(status, 'session.not_live') }).fetch)
    await controller.open()
    await controller.end()
    expect(controller.state.phase).toBe('ended')
  })

  test('starts again with another session', async () => {
    const server = createServer()
    const controller = createController(server.fetch)
    await controller.open()
    await controller.end()
    controller.act('start_again')
    await vi.waitUntil(() => controller.state.phase === 'ready' && controller.state.turns.length === 1)
    expect(controller.state.session?.session.id).toBe('ses_2')
    expect(controller.state.turns).toHaveLength(1)
  })

  test('waits as long as the server asked before it sends again', async () => {
    let isBusy = false
    const server = createServer({
      message: () => (isBusy ? problem(429, 'request.rate_limited', { 'Retry-After': '12' }) : reply('Hello')),
    })
    const controller = createController(server.fetch)
    await controller.open()
    isBusy = true
    controller.send('Hi')
    await vi.waitUntil(() => controller.state.phase === 'ready')
    const count = server.exchanges.length
    controller.act('send_again')
    expect(server.exchanges).toHaveLength(count)
    isBusy = false
    nowMs += 12_000
    controller.act('send_again')
    await vi.waitUntil(() => controller.state.phase === 'ready')
    expect(server.exchanges.at(-1)?.body).toEqual({ text: 'Hi' })
    expect(controller.state.turns.map((turn) => turn.status)).toEqual(['complete', 'said', 'complete'])
  })

  test('says when no session can be had, and does not ask on', async () => {
    const server = createServer({ open: () => problem(404, 'request.not_found') })
    const controller = createController(server.fetch)
    await controller.open()
    expect(controller.state).toMatchObject({ phase: 'unopened', notice: { title: 'There is no agent here' } })
    expect(server.exchanges).toHaveLength(1)
  })

  test.each(['{}', '[]', 'null', '<html>', '{"session":{"id":"ses_1"}}'])(
    'opens nothing from the answer %s',
    async (body) => {
      const controller = createController(createServer({ open: () => new Response(body, { status: 201 }) }).fetch)
      await controller.open()
      expect(controller.state.phase).toBe('unopened')
    },
  )

  test("counts the session's time by the server's clock", async () => {
    // This machine runs an hour ahead of the server; the session still has its 15 minutes.
    const server = createServer({
      open: () => opened('ses_1', '2026-01-31T11:15:00.000Z', { Date: 'Sat, 31 Jan 2026 11:00:00 GMT' }),
    })
    const controller = createController(server.fetch)
    await controller.open()
    controller.tick()
    expect(controller.state.phase).toBe('ready')
    nowMs += 900_000
    controller.tick()
    expect(controller.state).toMatchObject({ phase: 'ended', notice: { title: "The session's time is over" } })
  })
})
