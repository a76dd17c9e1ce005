/** The edge of a real server process, by requests that no well-behaved client would send and bytes that none would hide. */
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { apiClient } from './api-client.ts'
import { type OpenSession, openSession, publishAgent } from './published-agent.ts'
import { openRaw, type RawAnswer, rawRequest } from './raw-request.ts'
import { makeHome, removeHome, type ServerProcess, startProcess } from './server-process.ts'

const shop = 'https://shop.example'
const slowWords = Array.from({ length: 60 }, (_, index) => `word${index}`).join(' ')
const problemSchema = z.object({
  code: z.string(),
  request_id: z.string(),
  errors: z.array(z.object({ pointer: z.string() })).optional(),
})
const turnsSchema = z.object({ data: z.array(z.object({ role: z.string(), status: z.string(), text: z.string() })) })

let home: string
let server: ServerProcess
let key: string
let call: ReturnType<typeof apiClient>
let quick: string
let slow: string

beforeAll(async () => {
  home = await makeHome()
  server = await startProcess({ home })
  key = (await server.demo()).api_key
  call = apiClient(server.url, key)
  quick = await publishAgent(call, 'Quick', talker(0))
  slow = await publishAgent(call, 'Slow', talker(8))
})

afterAll(async () => {
  await server.interrupt()
  await removeHome(home)
})

function talker(tokenDelayMs: number): Record<string, unknown> {
  const script = { rules: [{ when: ['short'], say: ['Short.'] }], otherwise: slowWords, token_delay_ms: tokenDelayMs }
  return {
    persona: { prompt: 'A talker.' },
    model: { kind: 'scripted', script },
    policy: {},
    allowed_origins: ['self', shop],
  }
}

function message(session: OpenSession, options: { text?: string; token?: string | null; headers?: string[] } = {}) {
  const { text = 'short', token = session.token, headers = [] } = options
  const bearer = token === null ? [] : [`Authorization: Bearer ${token}`]
  return { url: session.messagesUrl, method: 'POST', headers: [...bearer, ...headers], body: { text } }
}

const codeOf = (answer: RawAnswer): string => problemSchema.parse(JSON.parse(answer.body)).code
const eventNames = (body: string): string[] => [...body.matchAll(/^event: (\w+)$/gm)].map(([, name = '']) => name)
const saidIn = (body: string): string =>
  [...body.matchAll(/^event: token\ndata: (.*)$/gm)]
    .map(([, data = '']) => z.object({ text: z.string() }).parse(JSON.parse(data)).text)
    .join('')
const hasSaid = (words: string) => (soFar: string) => saidIn(soFar).includes(words)
const turnsOf = async ({ id }: OpenSession) =>
  turnsSchema.parse((await call('GET', `/v1/sessions/${id}/turns`)).body).data
const statusOf = async ({ id }: OpenSession) => (await call('GET', `/v1/sessions/${id}`)).body['status']

describe.concurrent('an answer on the wire', () => {
  test('begins with turn_start, comes piece by piece, and says turn_end only when its rows can be read', async () => {
    const session = await openSession(call, slow)
    const exchange = openRaw(message(session, { text: 'tell me' }))
    await exchange.until(hasSaid('word3'))
    expect(await turnsOf(session)).toEqual([])
    await exchange.until((soFar) => soFar.includes('event: turn_end'))
    const turns = await turnsOf(session)
    const answer = await exchange.ended
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const names = eventNames(answer.body)
    expect([names[0], names.at(-1)]).toEqual(['turn_start', 'turn_end'])
    expect(new Set(names.slice(1, -1))).toEqual(new Set(['token']))
    expect(answer.arrivals).toBeGreaterThan(20)
    expect(saidIn(answer.body)).toBe(slowWords)
    expect(turns).toHaveLength(2)
    expect(turns).toMatchObject([
      { role: 'user', status: 'complete', text: 'tell me' },
      { role: 'agent', status: 'complete', text: slowWords },
    ])
  })

  test('is not disturbed by a second message, which is told to wait', async () => {
    const session = await openSession(call, slow)
    const first = openRaw(message(session, { text: 'tell me' }))
    await first.until(hasSaid('word3'))
    const second = await rawRequest(message(session))
    expect([second.status, codeOf(second), second.headers.get('retry-after')]).toEqual([
      409,
      'session.turn_in_progress',
      '1',
    ])
    expect(saidIn((await first.ended).body)).toBe(slowWords)
    expect(await turnsOf(session)).toHaveLength(2)
  })

  test('whose client breaks the connection is cut, keeps no word that was not sent, and the session goes on', async () => {
    const session = await openSession(call, slow)
    const exchange = openRaw(message(session, { text: 'tell me' }))
    await exchange.until(hasSaid('word9'))
    exchange.hangUp()
    const heard = saidIn((await exchange.ended).body)
    await expect.poll(() => turnsOf(session)).toHaveLength(2)
    const cut = (await turnsOf(session))[1]
    expect(cut).toMatchObject({ role: 'agent', status: 'cut' })
    expect(cut?.text.startsWith(heard)).toBe(true)
    expect(cut?.text).not.toContain('word59')
    expect(saidIn((await rawRequest(message(session))).body)).toBe('Short.')
    expect(await statusOf(session)).toBe('in_progress')
  })
})

describe.concurrent('a message is refused', () => {
  test('with 8001 characters, and says which field; 8000 are heard', async () => {
    const session = await openSession(call, quick)
    const answer = await rawRequest(message(session, { text: 'x'.repeat(8001) }))
    expect(answer.status).toBe(422)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(problemSchema.parse(JSON.parse(answer.body))).toMatchObject({
      code: 'request.invalid',
      errors: [{ pointer: '/text' }],
    })
    expect(await statusOf(session)).toBe('pending')
    expect((await rawRequest(message(session, { text: 'x'.repeat(8000) }))).status).toBe(200)
  })

  test.each([
    ['no token', () => null],
    ['garbage', () => 'eyJhbGciOiJub25lIn0.e30.'],
    ['the token of another session', async () => (await openSession(call, quick)).token],
    ['the workspace key', () => key],
    [
      'an altered token',
      (session: OpenSession) => session.token.replace(/\.(.)(?=[^.]*$)/, (_, first) => (first === 'A' ? '.B' : '.A')),
    ],
    ['two tokens', (session: OpenSession) => `${session.token}\r\nAuthorization: Bearer ${session.token}`],
  ])('with %s, always by the same words, and the session stays as it was', async (_name, tokenOf) => {
    const session = await openSession(call, quick)
    const answer = await rawRequest(message(session, { token: await tokenOf(session) }))
    expect(answer.status).toBe(401)
    expect(codeOf(answer)).toBe('session.token_invalid')
    expect(await statusOf(session)).toBe('pending')
    expect((await rawRequest(message(session))).status).toBe(200)
  })
})

describe.concurrent('a browser token', () => {
  const ask = async (headers: string[]): Promise<RawAnswer> =>
    rawRequest(message(await openSession(call, quick, { client: 'browser' }), { headers }))

  test.each([
    ['without an Origin', []],
    ['from another page', ['Origin: https://evil.example']],
    ['from a longer name', [`Origin: ${shop}.evil.example`]],
    ['from another port', [`Origin: ${shop}:8443`]],
    ['without TLS', ['Origin: http://shop.example']],
    ['from nowhere', ['Origin: null']],
    ['from two at once', ['Origin: https://evil.example', `Origin: ${shop}`]],
  ])('%s is refused, and no page may read why', async (_name, headers) => {
    const answer = await ask(headers)
    expect([answer.status, codeOf(answer)]).toEqual([403, 'session.origin_refused'])
    expect(answer.headers.has('access-control-allow-origin')).toBe(false)
  })

  test('from a page of the list is answered for that page alone', async () => {
    for (const origin of [shop, new URL(server.url).origin]) {
      const answer = await ask([`Origin: ${origin}`])
      expect([answer.status, saidIn(answer.body)]).toEqual([200, 'Short.'])
      expect(answer.headers.get('access-control-allow-origin')).toBe(origin)
      expect(answer.headers.get('vary')).toMatch(/\bOrigin\b/i)
      expect(answer.headers.has('access-control-allow-credentials')).toBe(false)
    }
  })
})

describe.concurrent('Origin and Host', () => {
  test('a native token from a page is refused, even from a page of the list', async () => {
    const session = await openSession(call, quick)
    const answer = await rawRequest(message(session, { headers: [`Origin: ${shop}`] }))
    expect([answer.status, codeOf(answer)]).toEqual([403, 'session.origin_refused'])
    expect(answer.headers.has('access-control-allow-origin')).toBe(false)
  })

  test('a workspace key from a page is refused, whichever page', async () => {
    for (const origin of [shop, server.url, 'null']) {
      const headers = [`Authorization: Bearer ${key}`, `Origin: ${origin}`]
      const answer = await rawRequest({ url: `${server.url}/v1/agents`, headers })
      expect([answer.status, codeOf(answer)]).toEqual([403, 'api_key.used_in_browser'])
      expect(answer.headers.has('access-control-allow-origin')).toBe(false)
    }
  })

  test('a preflight is answered for messages only, looks nothing up and allows no credentials', async () => {
    const headers = [`Origin: ${shop}`, 'Access-Control-Request-Method: POST']
    const unknown = `${server.url}/v1/sessions/ses_${'0'.repeat(26)}/messages`
    const answer = await rawRequest({ url: unknown, method: 'OPTIONS', headers })
    expect(answer.status).toBe(204)
    expect(answer.headers.get('access-control-allow-origin')).toBe(shop)
    expect(answer.headers.get('access-control-allow-methods')).toBe('POST')
    expect(answer.headers.get('access-control-allow-headers')).toBe('Authorization, Content-Type')
    expect(answer.headers.get('vary')).toMatch(/\bOrigin\b/)
    expect(answer.headers.has('access-control-allow-credentials')).toBe(false)
    for (const path of ['/v1/sessions', '/v1/agents', '/v1/openapi.json', '/talk/x/sessions']) {
      const other = await rawRequest({ url: `${server.url}${path}`, method: 'OPTIONS', headers })
      expect(other.headers.has('access-control-allow-origin'), path).toBe(false)
    }
    expect((await rawRequest({ url: unknown, method: 'OPTIONS' })).status).toBe(403)
  })

  test.each(['evil.example', '127.0.0.1.evil.example', 'localhost.evil.example', '10.0.0.1'])(
    'the embedded default does not answer to the name %s',
    async (host) => {
      const { port } = new URL(server.url)
      for (const path of ['/healthz', '/v1/agents', '/v1/openapi.json', `/talk/${quick}`]) {
        const headers = [`Host: ${host}:${port}`, `Authorization: Bearer ${key}`]
        const answer = await rawRequest({ url: `${server.url}${path}`, headers })
        expect([answer.status, codeOf(answer)], path).toEqual([421, 'request.host_refused'])
      }
      expect((await rawRequest({ url: `${server.url}/healthz`, headers: [`Host: localhost:${port}`] })).status).toBe(
        200,
      )
    },
  )

  test.each([
    ['a local request target with a foreign Host', ['Host: evil.example'], true],
    ['a Host that hides a name behind a local one', ['Host: localhost@evil.example'], false],
    ['two Hosts', ['Host: localhost', 'Host: evil.example'], false],
    ['no Host', ['Host:'], false],
  ])('%s is not answered', async (_name, lines, absolute) => {
    const headers = [...lines, `Authorization: Bearer ${key}`]
    const target = absolute ? { target: `${server.url}/v1/agents` } : {}
    const answer = await rawRequest({ url: `${server.url}/v1/agents`, ...target, headers })
    expect([400, 421]).toContain(answer.status)
    expect(answer.body).not.toContain('agt_')
  })
})

test.concurrent('a token that has expired is refused like any wrong one', { timeout: 30_000 }, async () => {
  const session = await openSession(call, quick, { ttl_seconds: 1 })
  // Two servers' clocks may differ by 5 s.
  await pause(Math.max(0, session.expiresAtMs + 6_000 - Date.now()))
  const answer = await rawRequest(message(session))
  expect([answer.status, codeOf(answer)]).toEqual([401, 'session.token_invalid'])
})
