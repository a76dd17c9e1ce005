import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Listening, listen } from '../../packages/server/src/commands/listen.ts'
import { type Api, openApi } from '../api/api-harness.ts'
import { createdSession, publishedAgent } from '../api/made-things.ts'
import { readRoutes } from '../api/read-routes.ts'
import { answersIn, sendBytes } from './raw-bytes.ts'

let api: Api
let server: Listening
let routes: readonly string[]
/** What the marks in a generated request stand for. */
let marks: Readonly<Record<string, string>>
beforeAll(async () => {
  api = await openApi()
  const agent = await publishedAgent(api.a)
  const session = await createdSession(api.a, agent)
  marks = { '<key>': api.a.key, '<token>': session.token, '<agent>': agent.id, '<session>': session.id }
  routes = (await readRoutes(api)).map(({ name }) =>
    name.replace('agents/{id}', 'agents/<agent>').replace('sessions/{id}', 'sessions/<session>'),
  )
  server = await listen({ fetch: api.app.fetch, host: '127.0.0.1', port: 0 })
})
afterAll(async () => {
  await server.close()
  await api.close()
})

const encoded = fc.string({ maxLength: 8 }).map((text) => encodeURIComponent(text.toWellFormed()))
const step = fc.oneof(
  fc.constantFrom(
    'agents',
    'sessions',
    'messages',
    '<agent>',
    '<session>',
    '..',
    '.',
    '',
    '%2e%2e',
    '%00',
    '%ff',
    '*',
    '{id}',
  ),
  encoded,
)
const oddRequest = fc
  .tuple(fc.constantFrom('GET', 'POST', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'PUT'), fc.array(step, { maxLength: 5 }))
  .map(([method, steps]) => `${method} /v1/${steps.join('/')}`)
const queryName = fc.constantFrom(
  'limit',
  'cursor',
  'external_id',
  'action',
  'agent_id',
  'user_id',
  'status',
  '__proto__',
)
const queryValue = fc.oneof(encoded, fc.constantFrom('%00', '%ff', '%', '1', '-1', '1e9', '%ED%A0%80'))
const query = fc
  .array(fc.tuple(queryName, queryValue), { maxLength: 3 })
  .map((fields) => fields.map(([name, value]) => `${name}=${value}`).join('&'))
const header = fc.constantFrom(
  'Origin: null',
  'Content-Type: text/plain',
  'Content-Type: application/json',
  'Content-Encoding: gzip',
  'Idempotency-Key: once',
  'Expect: 100-continue',
  'X-Forwarded-For: 192.0.2.1',
  'User-Agent: \u00ff',
  'Range: bytes=0-1',
  'If-None-Match: *',
  'Accept-Encoding: gzip',
  'Cookie: a=b',
  'Upgrade: websocket',
  'Trailer: x',
)
const body = fc.oneof(
  fc.constant(''),
  fc.json(),
  fc.constantFrom(
    '{"text":"hi"}',
    '{"start":true}',
    '{"external_id":"\\u0000"}',
    '{"external_id":"a","time_zone":"Europe/Nowhere","language":"zz-1"}',
    '{"agent_id":"<agent>","user_id":"u"}',
    '{"agent_id":"<agent>","user_id":"\\u200b","ttl_seconds":1e9}',
    '{"agent_id":"<agent>","user_id":"u","overrides":{"__proto__":{}}}',
    '{"name":"\\u0001","document":{}}',
    '{"version":2147483648,"reason":"r"}',
    '{"version":1e400,"reason":"r"}',
    '{"__proto__":1}',
    '[',
    '\u00ff',
  ),
)
const credential = fc.constantFrom('<key>', '<key>', '<key>', '<token>', undefined)

function bytesOf(request: {
  line: string
  query: string
  headers: readonly string[]
  body: string
  credential: string | undefined
  isChunked: boolean
}): string {
  const fill = (text: string) => text.replaceAll(/<\w+>/g, (mark) => marks[mark] ?? mark)
  const text = fill(request.body)
  const framing = request.isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${text.length}`
  const head = [
    `${fill(request.line)}${request.query === '' ? '' : `?${request.query}`} HTTP/1.1`,
    'Host: localhost',
    'Connection: close',
    ...(request.credential === undefined ? [] : [`Authorization: Bearer ${fill(request.credential)}`]),
    ...request.headers,
    ...(text === '' ? [] : [framing]),
  ]
  const chunks = `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`
  return `${head.join('\r\n')}\r\n\r\n${text !== '' && request.isChunked ? chunks : text}`
}

test('whatever is asked is answered once, and no answer is a failure of ours', async () => {
  const line = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...routes) }, { weight: 1, arbitrary: oddRequest })
  const headers = fc.oneof(fc.constant(['Content-Type: application/json']), fc.array(header, { maxLength: 4 }))
  const request = fc.record({ line, query, headers, body, credential, isChunked: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(request, async (asked) => {
      const answers = answersIn(await sendBytes(server.port, bytesOf(asked))).filter(({ status }) => status !== 100)
      expect(answers).toHaveLength(1)
      expect(answers[0]?.status).toBeLessThan(500)
      // A session's answer is a stream; every other one is read by a program as JSON or by its status.
      if ((answers[0]?.status ?? 0) >= 400 && !asked.line.startsWith('HEAD'))
        expect(answers[0]?.body).toContain('"code":"')
    }),
    { numRuns: 1_000 },
  )
  expect(api.logged.filter((entry) => /"level":(?:50|60)/.test(entry))).toEqual([])
})
