import { problemSchema } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { scriptedDocument } from './agent-documents.ts'
import { type Api, openApi } from './api-harness.ts'
import { draftAgent } from './made-things.ts'

const mebibyte = 1024 * 1024

describe('problem documents', () => {
  let api: Api
  beforeAll(async () => {
    api = await openApi()
  })
  afterAll(() => api.close())

  const agents = (call: object) => api.a.call('POST', '/v1/agents', call)

  test('a failure is a problem document with its own request id and is not to be cached', async () => {
    const answer = await agents({ rawBody: '{' })
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const problem = problemSchema.parse(answer.body)
    expect(problem).toMatchObject({ type: 'about:blank', status: answer.status })
    expect(problem.request_id).toBe(answer.headers.get('x-request-id'))
  })

  test.each([
    ['{', 400, 'request.malformed'],
    ['{"name": "x",}', 400, 'request.malformed'],
    ['null', 422, 'request.invalid'],
    ['[]', 422, 'request.invalid'],
    ['"text"', 422, 'request.invalid'],
  ])('the body %s is refused', async (rawBody, status, code) => {
    const answer = await agents({ rawBody })
    expect([answer.status, answer.code()]).toEqual([status, code])
  })

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    '',
  ])('a body of media type "%s" is refused', async (type) => {
    const answer = await agents({ rawBody: '{}', headers: { 'content-type': type } })
    expect([answer.status, answer.code()]).toEqual([415, 'request.media_type'])
  })

  test.each(['application/json; charset=utf-8', 'Application/JSON'])(
    'a body of media type %s is read',
    async (type) => {
      const body = { name: 'x', document: scriptedDocument() }
      const answer = await agents({ body, headers: { 'content-type': type } })
      expect(answer.status).toBe(201)
    },
  )

  test('a body over 1 MiB is refused, said or unsaid', async () => {
    const rawBody = JSON.stringify({ name: 'x'.repeat(mebibyte) })
    const said = await agents({ rawBody })
    expect([said.status, said.code()]).toEqual([413, 'request.too_large'])
    expect(said.text).toContain('expected at most 1048576 bytes')
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        for (let index = 0; index < 17; index += 1) controller.enqueue(new Uint8Array(65_536).fill(32))
        controller.close()
      },
    })
    const headers = {
      authorization: `Bearer ${api.a.key}`,
      'content-type': 'application/json',
      'transfer-encoding': 'chunked',
      'x-forwarded-for': '10.9.9.1',
    }
    // A stream as a body has to be announced so.
    const init = { method: 'POST', headers, body: stream, duplex: 'half' }
    const unsaid = await api.app.request(new Request('http://localhost/v1/agents', init), undefined, {})
    expect([unsaid.status, await unsaid.json()]).toMatchObject([
      413,
      { code: 'request.too_large', errors: [{ detail: 'expected at most 1048576 bytes' }] },
    ])
  })

  test('a body of almost 1 MiB is read', async () => {
    const { id } = await draftAgent(api.a)
    const answer = await api.a.call('PATCH', `/v1/agents/${id}`, {
      rawBody: JSON.stringify({ name: 'x'.repeat(mebibyte - 100) }),
    })
    expect([answer.status, answer.pointers()]).toEqual([422, ['/name']])
  })

  test.each(['/v1/nothing', '/v1/agents/x/y/z', '/nothing', '/v1'])('%s is not found', async (path) => {
    const answer = await api.a.call('GET', path)
    expect([answer.status, answer.code()]).toEqual([404, 'request.not_found'])
  })

  test('who has no key does not learn which routes there are', async () => {
    for (const path of ['/v1/nothing', '/v1/agents']) {
      const answer = await api.a.call('GET', path, { credential: undefined })
      expect([answer.status, answer.code()]).toEqual([401, 'api_key.missing'])
    }
  })

  test('a key that comes with an Origin is refused, and with no right to read the answer', async () => {
    const answer = await api.a.call('GET', '/v1/agents', { headers: { origin: 'https://shop.example' } })
    expect([answer.status, answer.code()]).toEqual([403, 'api_key.used_in_browser'])
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
  })

  test('every answer says what is left of the budget', async () => {
    const answer = await api.a.call('GET', '/v1/agents')
    expect(answer.headers.get('ratelimit-policy')).toMatch(/^"(?:address|principal)";q=\d+;w=\d+$/)
    expect(answer.headers.get('ratelimit')).toMatch(/^"(?:address|principal)";r=\d+;t=\d+$/)
  })

  test('an address that asks too much waits as long as Retry-After says, and nobody else does', async () => {
    const release = api.holdClock()
    const headers = { 'x-forwarded-for': '192.0.2.7' }
    const ask = () => api.a.call('GET', '/v1/nothing', { headers, credential: undefined })
    const burst = Number(/q=(\d+)/.exec((await ask()).headers.get('ratelimit-policy') ?? '')?.[1])
    const answers = await Promise.all(Array.from({ length: burst }, ask))
    const limited = answers.filter(({ status }) => status === 429)
    expect(limited).toHaveLength(1)
    expect(limited[0]?.code()).toBe('request.rate_limited')
    expect(limited[0]?.headers.get('retry-after')).toBe('1')
    expect(limited[0]?.headers.get('ratelimit')).toBe('"address";r=0;t=1')
    expect((await api.a.call('GET', '/v1/agents')).status).toBe(200)
    api.pass(1_000)
    expect((await ask()).status).toBe(401)
    release()
  })

  test('a key has one budget from whatever address it comes, and another key has its own', async () => {
    const release = api.holdClock()
    const left = async (credential: string) =>
      /^"principal";r=(\d+);/.exec(
        (await api.a.call('GET', '/v1/nothing', { credential })).headers.get('ratelimit') ?? '',
      )?.[1]
    const [one, two] = [await api.a.makeKey(['workspace:read']), await api.a.makeKey(['workspace:read'])]
    const [first, second, other] = [await left(one), await left(one), await left(two)]
    expect(Number(second)).toBe(Number(first) - 1)
    expect(other).toBe(first)
    release()
  })

  test('a server that stops takes no new work and says when to come back', async () => {
    api.setDraining(true)
    const answer = await api.a.call('GET', '/v1/agents')
    api.setDraining(false)
    expect([answer.status, answer.code(), answer.headers.get('retry-after')]).toEqual([503, 'server.draining', '5'])
  })

  test('the health of the server is open and says nothing else', async () => {
    expect((await api.a.call('GET', '/healthz', { credential: undefined })).body).toEqual({ status: 'ok' })
  })

  test('the API document is open, of OpenAPI 3.1, and refuses unknown fields in every body', async () => {
    const answer = await api.a.call('GET', '/v1/openapi.json', { credential: undefined })
    const { components } = z
      .object({
        components: z.object({
          schemas: z.record(
            z.string(),
            z.object({ type: z.string().optional(), additionalProperties: z.unknown().optional() }),
          ),
        }),
      })
      .parse(answer.body)
    for (const name of [
      'CreateAgent',
      'UpdateAgent',
      'CreateUser',
      'UpdateUser',
      'CreateCredential',
      'CreateSession',
    ]) {
      expect([name, components.schemas[name]?.additionalProperties]).toEqual([name, false])
    }
  })
})
