/** What every answer carries, and in which order a request is judged: headers and address, credential, permission, body. */
import { sessionSchema } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Api, openApi } from './api-harness.ts'
import { requestOf } from './call-api.ts'
import { createdSession, type MadeAgent, publishedAgent } from './made-things.ts'
import { refused, send } from './talk.ts'

let api: Api
let agent: MadeAgent
beforeAll(async () => {
  api = await openApi()
  agent = await publishedAgent(api.a)
})
afterAll(() => api.close())

describe('every answer has its request id and says what is left of the budget', () => {
  const expectFields = (headers: Headers): void => {
    expect(headers.get('x-request-id')).toMatch(/^req_[0-9a-z]{26}$/)
    expect(headers.get('ratelimit-policy')).toMatch(/^"(?:address|principal)";q=\d+;w=\d+$/)
    expect(headers.get('ratelimit')).toMatch(/^"(?:address|principal)";r=\d+;t=\d+$/)
  }

  test.each([
    ['a list', 'GET', '/v1/agents', 200],
    ['the API document', 'GET', '/v1/openapi.json', 200],
    ['the health', 'GET', '/healthz', 200],
    ['a path of the API that is none', 'GET', '/v1/nothing', 404],
    ['a path outside the API that is none', 'GET', '/nothing', 404],
    ['a method that nobody takes', 'DELETE', '/nothing', 404],
    ['an id that is none', 'GET', '/v1/agents/x', 404],
  ])('%s', async (_name, method, path, status) => {
    const answer = await api.a.call(method, path)
    expect(answer.status).toBe(status)
    expectFields(answer.headers)
  })

  test.each([
    ['PUT', '/v1/agents', 'POST, GET'],
    ['DELETE', '/v1/sessions/ses_01jd3v7t6zf3m8k2x9w4c5b6n7/turns', 'GET'],
  ])('a method that a path does not take: %s %s', async (method, path, methods) => {
    const answer = await api.a.call(method, path)
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, methods])
    expect(answer.body).toMatchObject({ code: 'request.method_not_allowed' })
    expectFields(answer.headers)
    // Nobody learns without a credential which routes there are.
    expect((await api.a.call(method, path, { credential: undefined })).status).toBe(401)
  })

  test('a stream', async () => {
    const answer = await send(api, await createdSession(api.a, agent), 'hi')
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8'])
    expectFields(answer.headers)
    await answer.text()
  })

  test.each([
    ['without a credential', { credential: undefined }],
    ['with a body that is none', { rawBody: '{' }],
  ])('a refusal %s, whose id is the one in its document', async (_name, call) => {
    const answer = await api.a.call('POST', '/v1/agents', call)
    expectFields(answer.headers)
    expect(answer.body).toMatchObject({ request_id: answer.headers.get('x-request-id') })
  })

  test('a refusal of a budget', async () => {
    const release = api.holdClock()
    const headers = { 'x-forwarded-for': '2001:db8:7::1' }
    const ask = (address: string) => api.a.call('GET', '/nothing', { headers: { 'x-forwarded-for': address } })
    const burst = Number(
      /q=(\d+)/.exec((await ask(headers['x-forwarded-for'])).headers.get('ratelimit-policy') ?? '')?.[1],
    )
    // One customer's addresses are one budget, however many of them are used.
    const answers = await Promise.all(
      Array.from({ length: burst }, (_, index) => ask(`2001:db8:7::${index.toString(16)}`)),
    )
    const limited = answers.filter(({ status }) => status === 429)
    expect(limited).toHaveLength(1)
    expectFields(limited[0]?.headers ?? new Headers())
    expect((await ask('2001:db8:7:1::1')).status).toBe(404)
    release()
  })
})

describe('a body', () => {
  /** A body that says when somebody began to read it. */
  const watchedBody = () => {
    let wasRead = false
    const stream = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          wasRead = true
          controller.enqueue(new TextEncoder().encode('{'))
          controller.close()
        },
      },
      { highWaterMark: 0 },
    )
    return { stream, wasRead: () => wasRead }
  }

  const post = (path: string, body: ReadableStream<Uint8Array>, headers: Record<string, string> = {}) => {
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked', ...headers },
      body,
      // A stream as a body has to be announced so.
      duplex: 'half',
    }
    return Promise.resolve(api.app.request(new Request(`http://localhost${path}`, init), undefined, {}))
  }

  test.each([
    ['nobody', '/v1/agents', () => undefined, 401, 'api_key.missing'],
    ['a key that is none', '/v1/agents', () => 'hyp_live_x', 401, 'api_key.invalid'],
    ['a key without the scope', '/v1/agents', () => api.a.makeKey(['users:read']), 403, 'api_key.scope_missing'],
    ['nobody, for a route that is none', '/v1/nothing', () => undefined, 401, 'api_key.missing'],
    ['nobody, for a session', '/v1/sessions/ses_x/messages', () => undefined, 401, 'session.token_invalid'],
    ['a forged token', '/v1/sessions/ses_x/messages', () => 'eyJhbGciOiJub25lIn0.e30.', 401, 'session.token_invalid'],
  ])('of %s is not read', async (_name, path, credentialOf, status, code) => {
    const credential = await credentialOf()
    const { stream, wasRead } = watchedBody()
    const answer = await post(path, stream, credential === undefined ? {} : { authorization: `Bearer ${credential}` })
    expect(await refused(answer)).toEqual({ status, code })
    expect(wasRead()).toBe(false)
  })

  test('of who may is read, and judged', async () => {
    const { stream, wasRead } = watchedBody()
    const answer = await post('/v1/agents', stream, { authorization: `Bearer ${api.a.key}` })
    expect(await refused(answer)).toEqual({ status: 400, code: 'request.malformed' })
    expect(wasRead()).toBe(true)
  })

  test('of a session’s bearer is judged before the session begins', async () => {
    const session = await createdSession(api.a, agent)
    for (const [rawBody, status, code] of [
      ['{"text":"a\\u0000b"}', 422, 'request.invalid'],
      ['{', 400, 'request.malformed'],
    ] as const) {
      const answer = await api.a.call('POST', `/v1/sessions/${session.id}/messages`, {
        rawBody,
        credential: session.token,
      })
      expect([answer.status, answer.code()]).toEqual([status, code])
    }
    const row = sessionSchema.parse((await api.a.call('GET', `/v1/sessions/${session.id}`)).body)
    expect(row.status).toBe('pending')
  })

  test.each(['gzip', 'br', 'deflate', 'identity, gzip', 'GZIP'])('packed as %s is refused unread', async (encoding) => {
    const { stream, wasRead } = watchedBody()
    const headers = { authorization: `Bearer ${api.a.key}`, 'content-encoding': encoding }
    expect(await refused(await post('/v1/agents', stream, headers))).toEqual({
      status: 415,
      code: 'request.media_type',
    })
    expect(wasRead()).toBe(false)
  })
})

describe('a server that stops', () => {
  test('says so to balancers and takes no new work on any path, the ones that are none included', async () => {
    api.setDraining(true)
    const health = await api.a.call('GET', '/healthz', { credential: undefined })
    const others = await Promise.all(
      ['/v1/agents', '/v1/openapi.json', '/talk/x', '/nothing'].map((path) => api.a.call('GET', path)),
    )
    const talk = await api.app.request('/talk/x/sessions', requestOf('POST', {}), {})
    api.setDraining(false)
    expect([health.status, health.body]).toEqual([503, { status: 'draining' }])
    for (const answer of others) expect([answer.status, answer.code()]).toEqual([503, 'server.draining'])
    expect(await refused(talk)).toEqual({ status: 503, code: 'server.draining' })
    expect((await api.a.call('GET', '/healthz')).status).toBe(200)
  })
})
