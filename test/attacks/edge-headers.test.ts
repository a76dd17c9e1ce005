/** Security headers on whatever is answered, and the numbers of the edge as data-boundary 5 has them. */
import { once } from 'node:events'
import { encodeId } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { listen } from '../../packages/server/src/commands/listen.ts'
import { voiceSocketLimits } from '../../packages/server/src/conversation/transports/voice/voice-socket-limits.ts'
import { maxBodyBytes } from '../../packages/server/src/guards/request-edge.ts'
import { edgeBudgets } from '../../packages/server/src/kernel/edge-budgets.ts'
import { type Api, newId, openApi } from '../api/api-harness.ts'
import { createdSession, publishedAgent } from '../api/made-things.ts'
import { readRoutes } from '../api/read-routes.ts'
import { send } from '../api/talk.ts'

let api: Api
beforeAll(async () => {
  api = await openApi()
})
afterAll(() => api.close())

const strict: Readonly<Record<string, RegExp>> = {
  'content-security-policy':
    /^default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox$/,
  'x-content-type-options': /^nosniff$/,
  'referrer-policy': /^no-referrer$/,
  'cross-origin-opener-policy': /^same-origin$/,
  'cross-origin-resource-policy': /^same-origin$/,
  'x-frame-options': /^DENY$/,
  'permissions-policy': /microphone=\(\)/,
  'cache-control': /^no-store$/,
}
const missing = (headers: Headers): readonly string[] =>
  Object.entries(strict).flatMap(([name, value]) => (value.test(headers.get(name) ?? '') ? [] : [name]))

describe('the security headers stand', () => {
  test('on every route of the API, however it is asked', async () => {
    const routes = await readRoutes(api)
    expect(routes.length).toBeGreaterThan(20)
    const seen = new Set<number>()
    for (const { name, method, path } of routes) {
      const asked = path.replace('{id}', encodeId('session', newId()))
      const noBody = method === 'GET' || method === 'DELETE'
      const answers = [
        await api.a.call(method, asked),
        await api.a.call(method, asked, { credential: undefined }),
        await api.a.call(method, asked, { credential: 'hyp_live_nobody' }),
        await api.a.call(method, asked, { headers: { origin: 'https://evil.example' } }),
        await api.a.call('PUT', asked),
        ...(noBody
          ? []
          : [
              await api.a.call(method, asked, { rawBody: '{' }),
              await api.a.call(method, asked, { body: { unknown: 1 } }),
              await api.a.call(method, asked, { body: {}, headers: { 'content-type': 'text/plain' } }),
              await api.a.call(method, asked, { body: {}, headers: { 'content-length': '2000000' } }),
            ]),
      ]
      for (const { status, headers } of answers) {
        seen.add(status)
        expect([name, status, missing(headers)]).toEqual([name, status, []])
      }
    }
    // Without these the walk has not met what it is about.
    for (const status of [200, 400, 401, 403, 404, 405, 413, 415, 422]) expect([...seen]).toContain(status)
  })

  test.each(['/healthz', '/v1/openapi.json', '/', '/nothing', '/talk/x', '/assets/talk.js', '/v1/%ff'])(
    'on %s',
    async (path) => {
      expect(missing((await api.a.call('GET', path)).headers)).toEqual([])
    },
  )

  test('on a server that stops', async () => {
    api.setDraining(true)
    const answers = await Promise.all(['/healthz', '/v1/agents'].map((path) => api.a.call('GET', path)))
    api.setDraining(false)
    for (const { status, headers } of answers) expect([status, missing(headers)]).toEqual([503, []])
  })

  test('on a refusal of a budget, and on a stream', async () => {
    const agent = await publishedAgent(api.a)
    const session = await createdSession(api.a, agent, { user_id: 'hasty' })
    const stream = await send(api, session, 'hi')
    await stream.text()
    expect([stream.status, missing(stream.headers)]).toEqual([200, []])
    const release = api.holdClock()
    const answers = await Promise.all(Array.from({ length: edgeBudgets.user.burst + 1 }, () => send(api, session, '')))
    release()
    const refused = answers.filter(({ status }) => status === 429)
    expect(refused.length).toBeGreaterThan(0)
    for (const { headers } of refused) {
      expect(missing(headers)).toEqual([])
      expect(headers.get('ratelimit-policy')).toBe('"user";q=100;w=5')
      expect(Number(headers.get('retry-after'))).toBe(1)
    }
    // Somebody else in the same workspace talks on.
    const other = await send(api, await createdSession(api.a, agent, { user_id: 'patient' }), 'hi')
    expect(other.status).toBe(200)
    await other.text()
  })
})

describe('outside the embedded default', () => {
  test.each([
    ['POST', '/talk/agt_01jd3v7t6zf3m8k2x9w4c5b6n7/sessions'],
    ['GET', '/talk/agt_01jd3v7t6zf3m8k2x9w4c5b6n7'],
    ['GET', '/demo.json'],
    ['GET', '/.hyponema/demo.json'],
  ])('there is no %s %s', async (method, path) => {
    const body = method === 'POST' ? { body: {} } : {}
    expect((await api.a.call(method, path, { credential: undefined, ...body })).status).toBe(404)
  })
})

describe('the numbers of the edge', () => {
  test('are those of the specification', () => {
    expect(maxBodyBytes).toBe(1_048_576)
    expect(edgeBudgets['voice-upgrades'].refillPerSecond).toBe(20)
    expect(edgeBudgets['voice-refusals'].refillPerSecond).toBe(50)
    expect(voiceSocketLimits).toMatchObject({
      readyBytes: 65_536,
      messageBytes: 1_048_576,
      unsentBytes: 262_144,
      pingMs: 20_000,
    })
  })

  test('compression that a voice client offers is not taken', async () => {
    const server = await listen({ fetch: api.app.fetch, host: '127.0.0.1', port: 0, onUpgrade: api.voice.handle })
    const url = `ws://127.0.0.1:${server.port}/v1/sessions/${encodeId('session', newId())}/voice`
    const socket = new WebSocket(url, { perMessageDeflate: true })
    await once(socket, 'open')
    expect(socket.extensions).toBe('')
    await once(socket, 'close')
    await server.close()
  })
})
