/** What can be done with a key that is wrong, stolen, altered, late, elsewhere or in a browser: through the whole server. */
import { crc32 } from 'node:zlib'
import { type apiKeySchema, encodeId } from '@hyponema/contract'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { makeApiKey, parseApiKey } from '../../packages/server/src/guards/api-key-text.ts'
import { randomSecret } from '../../packages/server/src/platform/crypto/random-secret.ts'
import { type Api, newId, openApi } from '../api/api-harness.ts'
import type { Answer, Call } from '../api/call-api.ts'
import { readRoutes } from '../api/read-routes.ts'
import { recordingProxy } from '../isolation/recording-proxy.ts'

let api: Api
let proxy: Awaited<ReturnType<typeof recordingProxy>>
beforeAll(async () => {
  api = await openApi({
    through: async (address) => {
      proxy = await recordingProxy(address)
      return { ...address, host: '127.0.0.1', port: proxy.port }
    },
  })
})
afterAll(async () => {
  await api.close()
  await proxy.close()
})

const use = (key: string, call: Call = {}): Promise<Answer> =>
  api.a.call('GET', '/v1/agents', { ...call, credential: key })
const refusal = async (key: string, call: Call = {}) => {
  const answer = await use(key, call)
  return [answer.status, answer.code()]
}
const invalid = [401, 'api_key.invalid']

/** The parts of a key, and the same with the checksum that belongs to them: anybody can compute it. */
const partsOf = (key: string) => ({ mode: key.slice(4, 8), ids: key.slice(9, 53), secret: key.slice(54, 97) })
function withChecksum(body: string): string {
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
  let [value, text] = [crc32(body), '']
  for (let place = 0; place < 6; place += 1) {
    text = `${digits[value % 62]}${text}`
    value = Math.floor(value / 62)
  }
  return `${body}_${text}`
}
const claimOf = (key: string) => {
  const claim = parseApiKey(key)
  if (claim === undefined) throw new Error('the harness made a key that is none')
  return claim
}
/** A key text of the right form for this claim, with any secret. */
const guess = (claim: ReturnType<typeof claimOf>): string => randomSecret().use((bytes) => makeApiKey(claim, bytes))

describe('a text that is no key', () => {
  test.each<[string, (key: string) => string]>([
    ['another alphabet', (key) => key.replace(/.$/, '-')],
    ['letters beyond ASCII digits', (key) => `${key.slice(0, -1)}\u00e9`],
    ['base64 in place of base62', (key) => `${key.slice(0, 60)}+/${key.slice(62)}`],
    ['a wrong checksum', (key) => key.slice(0, -1) + (key.endsWith('0') ? '1' : '0')],
    ['another secret under the old checksum', (key) => `${key.slice(0, 54)}${'A'.repeat(43)}${key.slice(97)}`],
    ['test swapped for live', (key) => key.replace('_test_', '_live_')],
    ['a third mode', (key) => withChecksum(`hyp_prod_${key.slice(9, 97)}`)],
    ['capitals', (key) => key.toUpperCase()],
    ['a prefix in capitals', (key) => key.replace('hyp_', 'HYP_')],
    ['something behind it', (key) => `${key}0`],
    ['itself twice', (key) => `${key}${key}`],
    ['a secret of too many bits', (key) => withChecksum(`${key.slice(0, 54)}${'z'.repeat(43)}`)],
    ['ids of too many bits', (key) => withChecksum(`${key.slice(0, 9)}${'z'.repeat(44)}${key.slice(53, 97)}`)],
    ['ten kilobytes', (key) => `${key}${'0'.repeat(10_000)}`],
  ])('%s opens nothing and never reaches the database', async (_name, alter) => {
    const before = proxy.sent.length
    const answer = await use(alter(api.a.key)).catch(() => undefined)
    // A header that cannot be written is refused by the client's own library.
    if (answer !== undefined) expect(answer.status).toBe(401)
    expect(proxy.sent.length).toBe(before)
  })

  test('cut short at any place opens nothing', async () => {
    const before = proxy.sent.length
    for (let length = 4; length < api.a.key.length; length += 1) {
      expect((await use(api.a.key.slice(0, length))).status).toBe(401)
    }
    expect(proxy.sent.length).toBe(before)
  })
})

describe('a key that was altered, with the checksum that belongs to it', () => {
  test('in one character anywhere opens nothing', async () => {
    const { mode, ids, secret } = partsOf(api.a.key)
    const inner = `${ids}_${secret}`
    for (let place = 0; place < inner.length; place += 1) {
      if (inner[place] === '_') continue
      const other = inner[place] === '0' ? '1' : '0'
      const body = `hyp_${mode}_${inner.slice(0, place)}${other}${inner.slice(place + 1)}`
      expect([place, (await use(withChecksum(body))).status]).toEqual([place, 401])
    }
  })

  test('from test to live opens nothing', async () => {
    const { mode, ids, secret } = partsOf(api.a.key)
    expect(mode).toBe('test')
    expect(await refusal(withChecksum(`hyp_live_${ids}_${secret}`))).toEqual(invalid)
    expect((await use(withChecksum(`hyp_test_${ids}_${secret}`))).status).toBe(200)
  })

  test('to the id of another workspace, or of another key, opens nothing with the right secret', async () => {
    const [a, b] = [partsOf(api.a.key), partsOf(api.b.key)]
    const sibling = partsOf(await api.a.makeKey(['agents:read']))
    for (const ids of [
      `${b.ids.slice(0, 22)}${a.ids.slice(22)}`,
      `${a.ids.slice(0, 22)}${b.ids.slice(22)}`,
      b.ids,
      sibling.ids,
    ]) {
      expect(await refusal(withChecksum(`hyp_test_${ids}_${a.secret}`))).toEqual(invalid)
    }
  })
})

describe('who does not have the secret', () => {
  test('cannot tell an unknown workspace, an unknown key and a wrong secret apart: same statements, same bytes', async () => {
    const claim = claimOf(api.a.key)
    const missingPepper = await api.a.makeKey(['agents:read'])
    await api.ask("update tenant.api_keys set pepper_version = 'api_key_pepper-9' where id = $1", [
      claimOf(missingPepper).keyId,
    ])
    const revoked = await api.a.makeKey(['agents:read'])
    await api.ask('update tenant.api_keys set revoked_at = now() where id = $1', [claimOf(revoked).keyId])
    const strangers = {
      'unknown workspace': guess({ ...claim, workspaceId: newId() }),
      'unknown key': guess({ ...claim, keyId: newId() }),
      'wrong secret': guess(claim),
      'wrong mode': guess({ ...claim, mode: 'live' }),
      'a pepper that is gone': missingPepper,
      'a revoked key': revoked,
      'a revoked key, wrong secret': guess(claimOf(revoked)),
    }
    // The statement is named on the connection by the first who comes.
    await use(strangers['wrong secret'])
    const seen = []
    for (const [name, key] of Object.entries(strangers)) {
      const before = proxy.sent.length
      const answer = await use(key)
      const headers = [...answer.headers].filter(([header]) => header !== 'x-request-id' && header !== 'date')
      const sent = proxy.sent
        .slice(before)
        .map(({ type, text }) => `${type} ${text.replace(/'[0-9a-f-]{36}'/, "'a workspace'")}`)
      const body = answer.text.replace(/"request_id":"req_[0-9a-z]{26}"/, '')
      seen.push({ name, looks: { status: answer.status, body, headers, sent } })
    }
    expect(seen[0]?.looks.sent.length).toBeGreaterThan(3)
    for (const { name, looks } of seen) expect([name, looks]).toEqual([name, seen[0]?.looks])
  })

  test('tells the operator, and nobody else, that a pepper is gone', async () => {
    const key = await api.a.makeKey(['agents:read'])
    const { keyId } = claimOf(key)
    await api.ask("update tenant.api_keys set pepper_version = 'api_key_pepper-9' where id = $1", [keyId])
    const answer = await use(key)
    expect([answer.status, answer.code()]).toEqual(invalid)
    expect(answer.text).not.toContain('pepper')
    const line = api.logged.find((one) => one.includes(encodeId('apiKey', keyId)))
    expect(line).toContain('keyring.key_missing')
    expect(line).toContain('api_key_pepper-9')
  })

  test('locks nobody out with a thousand wrong secrets, and is counted and told', { timeout: 60_000 }, async () => {
    const key = await api.a.makeKey(['agents:read'])
    const { keyId } = claimOf(key)
    const id = encodeId('apiKey', keyId)
    for (let batch = 0; batch < 50; batch += 1) {
      const answers = await Promise.all(Array.from({ length: 20 }, () => refusal(guess(claimOf(key)))))
      expect(answers).toEqual(Array.from({ length: 20 }, () => invalid))
    }
    expect((await use(key)).status).toBe(200)
    await api.keyRecords.flush()
    expect(await shown(id)).toMatchObject({ failed_count: 1000, last_failed_at: expect.any(String), revoked_at: null })
    const alert = api.logged.find((line) => line.includes(id) && line.includes('"failures":1000'))
    expect(alert).toContain('tried with wrong secrets')
    expect((await use(key)).status).toBe(200)
    // What was written is not written again.
    await api.keyRecords.flush()
    expect(await shown(id)).toMatchObject({ failed_count: 1000 })
  })

  test('writes nothing by asking for keys that do not exist, and nothing to a workspace that is none', async () => {
    const count = async () => (await api.ask('select 1 from tenant.api_keys')).length
    const before = await count()
    for (let time = 0; time < 30; time += 1) {
      await use(guess({ mode: 'live', workspaceId: newId(), keyId: newId() }))
    }
    await api.keyRecords.flush()
    expect(await count()).toBe(before)
    expect(api.logged.some((line) => line.includes('keys were tried that do not exist'))).toBe(true)
  })

  test('uses up the budget of the own address, and of no other', async () => {
    const release = api.holdClock()
    const from = (address: string) => ({ headers: { 'x-forwarded-for': address } })
    const claim = claimOf(api.a.key)
    const answers = new Set<number>()
    for (let batch = 0; batch < 41; batch += 1) {
      const wrong = Array.from({ length: 50 }, () => use(guess(claim).slice(0, -1), from('203.0.113.9')))
      for (const { status } of await Promise.all(wrong)) answers.add(status)
    }
    expect(answers).toEqual(new Set([401, 429]))
    expect(await refusal(api.a.key, from('203.0.113.9'))).toEqual([429, 'request.rate_limited'])
    expect((await use(api.a.key, from('203.0.113.10'))).status).toBe(200)
    release()
  })
})

const shown = async (id: string): Promise<Partial<z.infer<typeof apiKeySchema>>> => {
  const { body } = await api.a.call('GET', `/v1/api-keys/${id}`, { credential: await api.a.makeOperatorToken() })
  return typeof body === 'object' && body !== null ? body : {}
}

describe('a key at the wrong time', () => {
  let release: () => void
  afterEach(() => release())

  test('works until the millisecond before it expires', async () => {
    release = api.holdClock()
    const key = await api.a.makeKey(['agents:read'], { expiresAt: new Date(api.clock.nowMs() + 2) })
    expect((await use(key)).status).toBe(200)
    api.pass(1)
    expect((await use(key)).status).toBe(200)
    api.pass(1)
    expect(await refusal(key)).toEqual(invalid)
  })
})

describe('a key at the wrong place', () => {
  test.each([
    [['192.0.2.0/24'], '192.0.2.200', true],
    [['192.0.2.0/24'], '192.0.3.1', false],
    [['192.0.2.0/24'], '::ffff:192.0.2.7', true],
    [['192.0.2.0/24'], '::ffff:192.0.3.7', false],
    [['192.0.2.7'], '192.0.2.7', true],
    [['192.0.2.7'], '192.0.2.8', false],
    [['::ffff:192.0.2.0/120'], '192.0.2.9', true],
    [['2001:db8::/32'], '2001:db8:ffff::1', true],
    [['2001:db8::/32'], '2001:db9::1', false],
    [['::/0'], '192.0.2.1', false],
    [['0.0.0.0/0'], '2001:db8::1', false],
  ])('with %j, from %s: %s', async (addresses, from, passes) => {
    const key = await api.a.makeKey(['agents:read'], { addresses })
    const call = { headers: { 'x-forwarded-for': from } }
    if (passes) expect((await use(key, call)).status).toBe(200)
    else expect(await refusal(key, call)).toEqual([403, 'api_key.address_refused'])
    // Who does not bear the secret does not learn that there is a list.
    expect(await refusal(guess(claimOf(key)), call)).toEqual(invalid)
  })
})

describe('a key in a browser', () => {
  test.each([
    ['an origin', { origin: 'https://shop.example' }],
    ['an opaque origin', { origin: 'null' }],
    ['an empty origin', { origin: '' }],
    ['our own origin', { origin: 'http://127.0.0.1:4700' }],
    ['a header in capitals', { ORIGIN: 'https://shop.example' }],
    ['an origin that is none', { origin: 'x'.repeat(3000) }],
  ])('beside %s is refused on every route, right or wrong, however "bearer" is written', async (_name, headers) => {
    const before = proxy.sent.length
    const routes = (await readRoutes(api)).filter(({ permission }) => permission !== undefined)
    for (const { method, path } of routes) {
      const answer = await api.a.call(method, path.replace('{id}', 'none'), { headers })
      expect([path, answer.status, answer.code()]).toEqual([path, 403, 'api_key.used_in_browser'])
    }
    for (const scheme of ['bearer', 'BEARER', 'bEaReR']) {
      for (const key of [api.a.key, guess(claimOf(api.a.key)), 'hyp_']) {
        const call = { headers: { ...headers, authorization: `${scheme} ${key}` }, credential: undefined }
        const answer = await api.a.call('GET', '/v1/agents', call)
        expect([answer.status, answer.code()]).toEqual([403, 'api_key.used_in_browser'])
      }
    }
    expect(proxy.sent.length).toBe(before)
  })

  test('gets no permission from a preflight', async () => {
    const headers = { origin: 'https://shop.example', 'access-control-request-method': 'GET' }
    const answer = await api.a.call('OPTIONS', '/v1/agents', { credential: undefined, headers })
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
    expect(answer.status).toBeGreaterThanOrEqual(400)
  })
})

test('a key of a canary workspace cannot authenticate, and nothing is counted on it', async () => {
  const set = (isCanary: boolean) =>
    api.ask('update tenant.workspaces set is_canary = $1 where workspace_id = $2', [isCanary, api.b.id])
  const key = await api.b.makeKey(['agents:read'])
  expect((await use(key)).status).toBe(200)
  await set(true)
  // What stands behind the back of the server is seen when its copy of the row is over.
  api.pass(5_000)
  expect(await refusal(key)).toEqual(invalid)
  await use(guess(claimOf(key)))
  await api.keyRecords.flush()
  await set(false)
  const [row] = await api.ask('select failed_count from tenant.api_keys where id = $1', [claimOf(key).keyId])
  expect(row).toEqual({ failed_count: 0 })
  expect((await use(key)).status).toBe(200)
})
