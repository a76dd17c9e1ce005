/** Requests that no well-behaved client sends, byte by byte on a socket, to the server as it listens. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Listening, listen } from '../../packages/server/src/commands/listen.ts'
import { type Api, openApi } from '../api/api-harness.ts'
import { draftAgent } from '../api/made-things.ts'
import { answersIn, type RawResponse, sendBytes } from './raw-bytes.ts'

let api: Api
let server: Listening
let auth: string
beforeAll(async () => {
  api = await openApi()
  await draftAgent(api.a)
  server = await listen({ fetch: api.app.fetch, host: '127.0.0.1', port: 0 })
  auth = `Authorization: Bearer ${api.a.key}`
})
afterAll(async () => {
  await server.close()
  await api.close()
})

const lines = (...all: readonly string[]): string => `${all.join('\r\n')}\r\n\r\n`
const send = async (...parts: readonly (string | Buffer)[]) => answersIn(await sendBytes(server.port, ...parts))
const one = async (...parts: readonly (string | Buffer)[]): Promise<RawResponse> => {
  const answers = await send(...parts)
  expect(answers).toHaveLength(1)
  return answers[0] ?? { status: 0, head: '', body: '' }
}
const get = (target: string, ...headers: readonly string[]) =>
  one(lines(`GET ${target} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...headers))
const hidden = 'GET /v1/agents HTTP/1.1\r\nHost: localhost\r\n'

test('a body that is too large is refused, and its connection is said to end with it', async () => {
  const head = lines(
    'POST /v1/agents HTTP/1.1',
    'Host: localhost',
    auth,
    'Content-Type: application/json',
    'Content-Length: 1100000',
  )
  const answer = await one(`${head}${'x'.repeat(1_100_000)}`)
  expect(answer.status).toBe(413)
  expect(answer.head.toLowerCase()).toContain('connection: close')
})

describe.concurrent('a request whose end can be read in two ways', () => {
  test.each([
    ['a length and chunks', ['Content-Length: 5', 'Transfer-Encoding: chunked'], '0\r\n\r\n'],
    ['two lengths', ['Content-Length: 2', 'Content-Length: 60'], '{}'],
    ['a list of lengths', ['Content-Length: 2, 60'], '{}'],
    ['a length with a sign', ['Content-Length: +2'], '{}'],
    ['a length in hexadecimal', ['Content-Length: 0x2'], '{}'],
    ['a negative length', ['Content-Length: -2'], '{}'],
    ['a length beyond all numbers', ['Content-Length: 99999999999999999999'], '{}'],
    ['a coding that is none', ['Transfer-Encoding: xchunked'], '0\r\n\r\n'],
    ['chunks inside something else', ['Transfer-Encoding: chunked, gzip'], '0\r\n\r\n'],
    ['a space before the colon', ['Transfer-Encoding : chunked'], '0\r\n\r\n'],
    ['a folded line', ['X-A: b', ' Transfer-Encoding: chunked'], '0\r\n\r\n'],
    ['a vertical tab before the coding', ['Transfer-Encoding: \u000bchunked'], '0\r\n\r\n'],
    ['a bare carriage return', ['X-A: b\rTransfer-Encoding: chunked'], '0\r\n\r\n'],
    ['a NUL', ['X-A: b\u0000c', 'Content-Length: 0'], ''],
  ])('%s is refused, and what hides behind it is no request', async (_name, headers, body) => {
    const head = lines(
      'POST /v1/agents HTTP/1.1',
      'Host: localhost',
      auth,
      'Content-Type: application/json',
      ...headers,
    )
    const answer = await one(`${head}${body}${hidden}${auth}\r\n\r\n`)
    expect(answer.status).toBe(400)
    expect(answer.head.toLowerCase()).toContain('connection: close')
  })

  test.each([
    ['no number', 'zz\r\n{}\r\n0\r\n\r\n'],
    ['less than it has', '1\r\n{}\r\n0\r\n\r\n'],
    ['a negative number', '-1\r\n{}\r\n0\r\n\r\n'],
    ['a number beyond all', 'fffffffffffffffff\r\n{}\r\n0\r\n\r\n'],
  ])('chunks whose size says %s make nothing', async (_name, body) => {
    const head = ['POST /v1/agents HTTP/1.1', 'Host: localhost', auth, 'Content-Type: application/json']
    const answers = await send(`${lines(...head, 'Transfer-Encoding: chunked')}${body}${hidden}${auth}\r\n\r\n`)
    expect(answers.map(({ status }) => status)).toEqual([400])
  })

  test('a body that nobody may send is not taken for the next request', async () => {
    const body = `${hidden}${auth}\r\n\r\n`
    const head = ['POST /v1/agents HTTP/1.1', 'Host: localhost', 'Content-Type: application/json']
    const first = `${lines(...head, `Content-Length: ${body.length}`)}${body}`
    const answers = await send(first, lines('GET /healthz HTTP/1.1', 'Host: localhost', 'Connection: close'))
    expect(answers.map(({ status }) => status)).toEqual([401, 200])
    expect(answers[1]?.body).toContain('"ok"')
  })

  test('requests that come at once are answered in their order, each by its own credential', async () => {
    const answers = await send(
      lines('GET /v1/agents HTTP/1.1', 'Host: localhost', auth),
      lines('GET /v1/agents HTTP/1.1', 'Host: localhost'),
      lines('GET /v1/nothing HTTP/1.1', 'Host: localhost', 'Connection: close', auth),
    )
    expect(answers.map(({ status }) => status)).toEqual([200, 401, 404])
  })
})

describe.concurrent('a credential', () => {
  test.each([
    ['twice the same', () => [auth, auth]],
    ['of two workspaces', () => [auth, `Authorization: Bearer ${api.b.key}`]],
    ['with one more that is none', () => [auth, 'Authorization: Basic eDp5']],
    ['in a cookie', () => [`Cookie: Authorization=Bearer ${api.a.key}; api_key=${api.a.key}`]],
    ['in another header', () => [`X-Api-Key: ${api.a.key}`, `Proxy-Authorization: Bearer ${api.a.key}`]],
    ['as Basic', () => [`Authorization: Basic ${Buffer.from(`${api.a.key}:`).toString('base64')}`]],
    ['with a comma behind', () => [`${auth},`]],
    ['in a header whose name is almost right', () => [`Authorizatıon: Bearer ${api.a.key}`]],
  ])('%s opens nothing', async (_name, headersOf) => {
    const answer = await get('/v1/agents', ...headersOf())
    expect([400, 401]).toContain(answer.status)
    expect(answer.body).not.toContain('agt_')
  })

  test('in the address opens nothing and is not logged', async () => {
    expect((await get(`/v1/agents?access_token=${api.a.key}&api_key=${api.a.key}`)).status).toBe(401)
    expect(api.logged.join('\n')).not.toContain(api.a.key)
  })

  test.each(['null', 'http://localhost', '', 'file://'])('beside the Origin "%s" is refused', async (origin) => {
    const answer = await get('/v1/agents', auth, `Origin: ${origin}`)
    expect(answer.status).toBe(403)
    expect(answer.body).toContain('api_key.used_in_browser')
  })
})

describe.concurrent('the guards stand before every spelling of a path', () => {
  test.each([
    '/v1/agents',
    '//v1/agents',
    '/v1//agents',
    '/v1/agents/',
    '/V1/agents',
    '/%761/agents',
    '/v1%2fagents',
    '/v1/%2e%2e/v1/agents',
    '/./v1/agents',
    '/nothing/../v1/agents',
    '/v1/agents;x=y',
    '/v1/agents%00',
    '/v1/agents?%',
    '/v1/openapi.json/../agents',
    '/healthz/../v1/agents',
    '/v1/sessions/%2e%2e/agents',
    '/v1/sessions/x%2fmessages',
    '/v1/agents/%E0%A4%A',
    '/v1/agents/%ff',
    'http://localhost/v1/agents',
    'http://evil.example/v1/agents',
    'http://x@localhost/v1/agents',
    'https://localhost:1/v1/agents',
  ])('%s shows nothing without a credential', async (target) => {
    const answer = await get(target)
    expect([400, 401, 404]).toContain(answer.status)
    expect(answer.body).not.toContain('agt_')
  })

  test.each(['ftp://localhost/v1/agents', 'v1/agents', '*', 'localhost:80', 'javascript:alert(1)', 'http://', '//'])(
    'the target %s is no failure of ours, with a credential either',
    async (target) => {
      const answers = await send(lines(`GET ${target} HTTP/1.1`, 'Host: localhost', 'Connection: close', auth))
      for (const { status } of answers) expect([400, 401, 404, 421]).toContain(status)
    },
  )

  test.each([
    'HEAD',
    'OPTIONS',
    'TRACE',
    'TRACK',
    'PUT',
    'DELETE',
    'PROPFIND',
    'PURGE',
    'QUERY',
    'CONNECT',
    'get',
    'M',
  ])('the method %s shows nothing without a credential and breaks nothing with one', async (method) => {
    for (const headers of [[], [auth]]) {
      const request = lines(`${method} /v1/agents HTTP/1.1`, 'Host: localhost', 'Connection: close', ...headers)
      for (const { status, body, head } of await send(request)) {
        expect(status === 200 ? method : 'refused').toBe(method === 'HEAD' && headers.length > 0 ? 'HEAD' : 'refused')
        expect(status).toBeLessThan(500)
        expect(body).not.toContain('agt_')
        expect(head.toLowerCase()).not.toContain('access-control-allow')
      }
    }
  })

  test('a method that a header names is not believed', async () => {
    const answer = await get('/v1/agents', auth, 'X-HTTP-Method-Override: DELETE', 'X-Method-Override: POST')
    expect(answer.status).toBe(200)
  })
})

describe.concurrent('text where an id or a setting belongs', () => {
  test.each([
    '/v1/agents/%00',
    '/v1/agents/agt_%00000000000000000000000000',
    `/v1/agents/agt_${'%D9%A0'.repeat(26)}`,
    '/v1/agents/AGT_01M82WWMVJE003K3A7B2EWXQ9C',
    '/v1/agents/%F0%9F%99%82',
    '/v1/agents/__proto__',
    '/v1/agents/..%5c..%5cetc',
    `/v1/agents/${'a'.repeat(8_000)}`,
    '/v1/sessions/%00/turns',
    '/v1/users/usr_%ED%A0%80',
  ])('%s is an id that is not there', async (path) => {
    const answer = await get(path, auth)
    expect(answer.status).toBe(404)
    expect(answer.body).toContain('request.not_found')
  })

  test.each([
    'agents?cursor=%00',
    'agents?limit=1e1',
    'agents?limit=0x10',
    'agents?limit=%D9%A1',
    'agents?limit=-1',
    'agents?limit=9007199254740993',
    'agents?__proto__=x&constructor=y',
    'agents?limit[]=1',
    'agents?limit=1&limit=200',
    'users?external_id=%00',
    'users?external_id=%ED%A0%80',
    'audit-events?action=%00',
    'audit-events?action=a%00b',
    'audit-events?action=%ED%A0%80',
    'audit-events?action=%F0%9F%99%82',
    'sessions?status=%00',
    'sessions?agent_id=%00',
    'sessions?user_id=%00',
  ])('/v1/%s is answered or refused, and never our own failure', async (query) => {
    const answer = await get(`/v1/${query}`, auth)
    expect([200, 422]).toContain(answer.status)
  })

  test.each(['\u00ff\u00fe', '\ud83d\ude42', 'x'.repeat(9_000), "'; drop table x; --", '\u007f'])(
    'a User-Agent of %j is written and breaks nothing',
    async (agent) => {
      const answer = await get('/v1/users', auth, `User-Agent: ${Buffer.from(agent).toString('latin1')}`)
      expect([200, 400]).toContain(answer.status)
    },
  )

  test.each(['\u00e9', 'a b', 'x'.repeat(256), '\'"', '\u0001'])(
    'an Idempotency-Key of %j is no failure',
    async (key) => {
      const body = '{"external_id":"idempotent"}'
      const head = ['POST /v1/users HTTP/1.1', 'Host: localhost', 'Connection: close', auth, `Idempotency-Key: ${key}`]
      const answer = await one(
        `${lines(...head, 'Content-Type: application/json', `Content-Length: ${body.length}`)}${body}`,
      )
      expect([201, 400, 409, 422]).toContain(answer.status)
    },
  )
})

describe.concurrent('who says where it comes from', () => {
  test('has the budget of its socket, whatever it writes', async () => {
    const left = async (address: string) => {
      const headers = ['X-Forwarded-For', 'X-Real-IP', 'CF-Connecting-IP', 'True-Client-IP'].map(
        (n) => `${n}: ${address}`,
      )
      const { head } = await get('/nothing', ...headers, `Forwarded: for=${address}`)
      return {
        policy: /ratelimit-policy: (\S+)/i.exec(head)?.[1],
        left: Number(/ratelimit: "address";r=(\d+)/i.exec(head)?.[1]),
      }
    }
    // The budget refills while we ask, so no answer has a whole one but who asks first.
    const burst = Number(/q=(\d+)/.exec((await left('192.0.2.1')).policy ?? '')?.[1])
    await Promise.all(Array.from({ length: 20 }, () => left('192.0.2.1')))
    expect((await left('192.0.2.99')).left).toBeLessThanOrEqual(burst - 1)
  })

  test('does not change what we tell of ourselves', async () => {
    const answer = await get('/v1/openapi.json', 'X-Forwarded-Host: evil.example', 'X-Forwarded-Proto: https')
    expect(answer.status).toBe(200)
    expect(answer.body).not.toContain('evil.example')
  })
})

describe.concurrent('what is no HTTP/1.1 of ours', () => {
  test.each([
    ['HTTP/0.9', 'GET /v1/agents\r\n\r\n'],
    ['HTTP/1.1 without a Host', 'GET /v1/agents HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['HTTP/2 without TLS', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a TLS hello', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003'],
    ['two Hosts', 'GET /v1/agents HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n'],
    ['a Host with a path', 'GET /v1/agents HTTP/1.1\r\nHost: localhost/x\r\nConnection: close\r\n\r\n'],
    ['headers beyond 16 KiB', `GET /v1/agents HTTP/1.1\r\nHost: localhost\r\nX-A: ${'a'.repeat(20_000)}\r\n\r\n`],
    ['an address beyond 16 KiB', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`],
    [
      'an expectation that is none',
      'GET /v1/agents HTTP/1.1\r\nHost: localhost\r\nExpect: magic\r\nConnection: close\r\n\r\n',
    ],
  ])('%s is refused', async (_name, bytes) => {
    for (const { status, body } of await send(bytes)) {
      expect([400, 401, 417, 421, 431, 505]).toContain(status)
      expect(body).not.toContain('agt_')
    }
  })

  test.each(['websocket', 'h2c'])('an upgrade to %s is an ordinary request', async (protocol) => {
    const headers = [`Upgrade: ${protocol}`, 'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA', 'Sec-WebSocket-Version: 13']
    const request = ['GET /v1/agents HTTP/1.1', 'Host: localhost', 'Connection: Upgrade, close', ...headers]
    expect((await one(lines(...request))).status).toBe(401)
  })
})

describe.concurrent('what a body says it is', () => {
  const post = (contentType: readonly string[], body: string | Buffer) => {
    const head = ['POST /v1/users HTTP/1.1', 'Host: localhost', 'Connection: close', auth, ...contentType]
    return one(lines(...head, `Content-Length: ${Buffer.byteLength(body)}`), body)
  }

  test.each([
    ['two types in one line', ['Content-Type: application/json, text/plain']],
    ['two types in two lines', ['Content-Type: text/plain', 'Content-Type: application/json']],
    ['a type inside another', ['Content-Type: text/plain;application/json']],
    ['a type with a suffix', ['Content-Type: application/problem+json']],
    ['none', []],
    ['packed', ['Content-Type: application/json', 'Content-Encoding: gzip']],
  ])('%s is refused', async (_name, contentType) => {
    expect((await post(contentType, '{"external_id":"typed"}')).status).toBe(415)
  })

  test.each([
    ['UTF-16', Buffer.from('{"external_id":"x"}', 'utf16le')],
    ['a mark of byte order and rubbish', Buffer.from('\ufeff{', 'utf8')],
    [
      'an overlong slash',
      Buffer.concat([Buffer.from('{"external_id":"'), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')]),
    ],
    ['a form', Buffer.from('external_id=x')],
    ['two documents', Buffer.from('{"external_id":"x"}{"external_id":"y"}')],
  ])('%s is no JSON of ours, whatever its type says', async (_name, body) => {
    const answer = await post(['Content-Type: application/json; charset=utf-16'], body)
    expect([400, 422]).toContain(answer.status)
  })

  test('text that is none is refused for its type, and is no failure', async () => {
    const answer = await post(['Content-Type: text/plain'], '')
    expect([answer.status, answer.body]).toEqual([415, expect.stringContaining('request.media_type')])
  })

  test('a field that comes twice counts once, and a large number is no failure', async () => {
    const answer = await post(
      ['Content-Type: application/json'],
      '{"external_id":"a","external_id":"b","profile":{"x":1e999}}',
    )
    expect([201, 422]).toContain(answer.status)
  })
})

test('in all of this nothing of ours has failed', () => {
  const failures = api.logged.filter((line) => /"level":(?:50|60)/.test(line))
  expect(failures).toEqual([])
})
