import {
  agentSchema,
  agentVersionSchema,
  auditEventSchema,
  createdSessionSchema,
  credentialSchema,
  pageSchema,
  userSchema,
} from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { canonicalJson } from '../../packages/server/src/platform/crypto/canonical-json.ts'
import { sha256 } from '../../packages/server/src/platform/crypto/sha256.ts'
import { scriptedDocument } from './agent-documents.ts'
import { type Api, newId, openApi } from './api-harness.ts'
import { type MadeAgent, publishedAgent } from './made-things.ts'
import { refused, say, send } from './talk.ts'

const dayMs = 24 * 60 * 60 * 1000

describe('idempotency keys', () => {
  let api: Api
  let agent: MadeAgent
  beforeAll(async () => {
    api = await openApi({ lockTimeoutMs: 400 })
    agent = await publishedAgent(api.a)
  })
  afterAll(() => api.close())

  let keys = 0
  const freshKey = (): string => {
    keys += 1
    return `key-${keys}`
  }
  const post = (path: string, key: string, body: object, credential?: string) =>
    api.a.call('POST', path, {
      body,
      headers: { 'idempotency-key': key },
      ...(credential === undefined ? {} : { credential }),
    })
  const session = (key: string, body: object = {}) =>
    post('/v1/sessions', key, { agent_id: agent.id, user_id: 'repeating', ...body })
  const count = async (table: string): Promise<number> => (await api.ask(`select 1 from tenant.${table}`)).length

  test('the same request under the same key makes one thing and reads it again', async () => {
    const key = freshKey()
    const body = { external_id: 'once' }
    const [first, users] = [await post('/v1/users', key, body), await count('users')]
    const user = userSchema.parse(first.body)
    await api.a.call('PATCH', `/v1/users/${user.id}`, { body: { language: 'fr' } })
    const again = await post('/v1/users', key, body)
    expect([again.status, userSchema.parse(again.body)]).toMatchObject([201, { id: user.id, language: 'fr' }])
    expect(await count('users')).toBe(users)
  })

  test('the order of fields in the body does not matter', async () => {
    const key = freshKey()
    const one = await post('/v1/users', key, { external_id: 'ordered', language: 'de' })
    const two = await post('/v1/users', key, { language: 'de', external_id: 'ordered' })
    expect(two.body).toEqual(one.body)
  })

  test('another body under the same key is refused and makes nothing', async () => {
    const key = freshKey()
    await post('/v1/users', key, { external_id: 'first' })
    const users = await count('users')
    const other = await post('/v1/users', key, { external_id: 'second' })
    expect([other.status, other.code()]).toEqual([409, 'idempotency.mismatch'])
    expect(await count('users')).toBe(users)
  })

  test('what is kept is a hash, the status and an id, never the body', async () => {
    const key = freshKey()
    const made = userSchema.parse((await post('/v1/users', key, { external_id: 'rhubarb' })).body)
    const [row] = await api.ask<Record<string, unknown>>('select * from tenant.idempotency_keys where key = $1', [key])
    expect(Object.keys(row ?? {}).sort()).toEqual(
      ['created_at', 'key', 'made_id', 'principal', 'request_sha256', 'route', 'status', 'workspace_id'].sort(),
    )
    expect(row).toMatchObject({ status: 201, route: 'POST /v1/users' })
    expect(made.id).toMatch(/^usr_/)
  })

  test('a refused request is not remembered: the same key may be tried again', async () => {
    const key = freshKey()
    const missing = await session(key, { dynamic_variables: { unknown: 'x' } })
    expect(missing.status).toBe(422)
    expect((await session(key)).status).toBe(201)
  })

  test('while a session is pending a repeat gives a fresh token, and the token before it opens nothing', async () => {
    const key = freshKey()
    const first = createdSessionSchema.parse((await session(key)).body)
    const second = createdSessionSchema.parse((await session(key)).body)
    expect(second).toMatchObject({ id: first.id, status: 'pending', expires_at: first.expires_at })
    expect(second.token).not.toBe(first.token)
    const old = await refused(await send(api, { id: first.id, token: first.token ?? '' }, 'hi'))
    expect(old).toEqual({ status: 401, code: 'session.token_invalid' })
    expect((await say(api, { id: first.id, token: second.token ?? '' }, 'hi')).text).toBe('I heard you.')
    // The session lives in this process now; the older token must not slip in beside it.
    expect(await refused(await send(api, { id: first.id, token: first.token ?? '' }, 'hi'))).toEqual(old)
  })

  test('once somebody has joined, a repeat shows no token any more', async () => {
    const key = freshKey()
    const first = createdSessionSchema.parse((await session(key)).body)
    await say(api, { id: first.id, token: first.token ?? '' }, 'hi')
    const again = await session(key)
    expect(again.status).toBe(201)
    expect(again.body).toMatchObject({ id: first.id, status: 'in_progress', token: null, secret_already_shown: true })
    expect((await say(api, { id: first.id, token: first.token ?? '' }, 'still here')).text).toBe('I heard you.')
  })

  test('the same key at the same moment makes one session, whoever waits', async () => {
    const key = freshKey()
    const before = await count('sessions')
    const answers = await Promise.all(Array.from({ length: 6 }, () => session(key)))
    expect(await count('sessions')).toBe(before + 1)
    for (const answer of answers) {
      if (answer.status === 201) continue
      expect([answer.status, answer.code()]).toEqual([409, 'idempotency.in_progress'])
    }
    const made = answers.filter(({ status }) => status === 201).map(({ body }) => createdSessionSchema.parse(body).id)
    expect(new Set(made).size).toBe(1)
  })

  test('a repeat whose first request does not end is told to come back', async () => {
    const key = freshKey()
    const gate = Promise.withResolvers<void>()
    const claimed = Promise.withResolvers<void>()
    const [{ principal } = { principal: '' }] = await api.ask<{ principal: string }>(
      'select principal from tenant.idempotency_keys limit 1',
    )
    const holder = api.installation.database.withWorkspace(api.a.scope, async (tx) => {
      await tx.db
        .insertInto('tenant.idempotency_keys')
        .values({
          workspace_id: tx.workspaceId,
          principal,
          route: 'POST /v1/sessions',
          key,
          request_sha256: Buffer.alloc(32),
          status: null,
          made_id: null,
          created_at: new Date(api.clock.nowMs()),
        })
        .execute()
      claimed.resolve()
      await gate.promise
    })
    await claimed.promise
    const waiting = await session(key)
    expect([waiting.status, waiting.code(), waiting.headers.get('retry-after')]).toEqual([
      409,
      'idempotency.in_progress',
      '1',
    ])
    gate.resolve()
    await holder
  })

  test('a row that somebody else keeps locked is a conflict to be tried again, and nothing has happened', async () => {
    const gate = Promise.withResolvers<void>()
    const locked = Promise.withResolvers<void>()
    const holder = api.installation.database.withWorkspace(api.a.scope, async (tx) => {
      await tx.db.selectFrom('tenant.agents').select('id').where('id', '=', agent.uuid).forUpdate().execute()
      locked.resolve()
      await gate.promise
    })
    await locked.promise
    const answer = await api.a.call('PATCH', `/v1/agents/${agent.id}`, { body: { name: 'Locked' } })
    expect([answer.status, answer.code(), answer.headers.get('retry-after')]).toEqual([409, 'request.conflict', '1'])
    gate.resolve()
    await holder
    const read = agentSchema.parse((await api.a.call('GET', `/v1/agents/${agent.id}`)).body)
    expect(read.name).toBe('Tester')
  })

  test.each(['', ' ', 'a b', 'é', 'x'.repeat(256)])('refuses the key "%s"', async (key) => {
    const answer = await api.a
      .call('POST', '/v1/users', { body: { external_id: 'k' }, headers: { 'idempotency-key': key } })
      .catch(() => undefined)
    // A header that cannot even be written is refused by the client's own library.
    if (answer === undefined) return
    expect([answer.status, answer.pointers()]).toEqual([422, ['/header/idempotency-key']])
  })

  test('keys belong to a principal, a route and a workspace', async () => {
    const key = freshKey()
    const first = userSchema.parse((await post('/v1/users', key, { external_id: 'mine' })).body)
    const other = await post('/v1/users', key, { external_id: 'theirs' }, await api.a.makeKey(['users:write']))
    expect(other.status).toBe(201)
    expect(userSchema.parse(other.body).id).not.toBe(first.id)
    const route = await post('/v1/agents', key, { name: 'x', document: scriptedDocument() })
    expect(route.status).toBe(201)
    const inB = await api.b.call('POST', '/v1/users', {
      body: { external_id: 'mine' },
      headers: { 'idempotency-key': key },
    })
    expect(inB.status).toBe(201)
  })

  test('the path belongs to the request: one key for two agents is a mismatch', async () => {
    const key = freshKey()
    const other = await publishedAgent(api.a)
    expect((await post(`/v1/agents/${agent.id}/publish`, key, {})).status).toBe(201)
    expect((await post(`/v1/agents/${other.id}/publish`, key, {})).code()).toBe('idempotency.mismatch')
  })

  test('a repeated publication publishes once', async () => {
    const key = freshKey()
    const first = await post(`/v1/agents/${agent.id}/publish`, key, { note: 'n' })
    const again = await post(`/v1/agents/${agent.id}/publish`, key, { note: 'n' })
    expect(again.body).toEqual(first.body)
  })

  test('a repeated publication answers with the version that it made, whatever was published since', async () => {
    const { id } = await publishedAgent(api.a)
    const key = freshKey()
    const first = agentVersionSchema.parse((await post(`/v1/agents/${id}/publish`, key, { note: 'mine' })).body)
    await post(`/v1/agents/${id}/publish`, freshKey(), { note: 'later' })
    const again = await post(`/v1/agents/${id}/publish`, key, { note: 'mine' })
    expect([again.status, again.body]).toEqual([201, { ...first, current: false }])
    const versions = pageSchema(agentVersionSchema).parse((await api.a.call('GET', `/v1/agents/${id}/versions`)).body)
    expect(versions.data.map(({ version }) => version)).toEqual([3, 2, 1])
  })

  test('a repeated roll-back answers with the version that it chose, and chooses nothing again', async () => {
    const { id } = await publishedAgent(api.a)
    await post(`/v1/agents/${id}/publish`, freshKey(), {})
    const key = freshKey()
    const first = agentVersionSchema.parse((await post(`/v1/agents/${id}/rollback`, key, { version: 1 })).body)
    expect(first).toMatchObject({ version: 1, current: true })
    await post(`/v1/agents/${id}/rollback`, freshKey(), { version: 2 })
    const again = await post(`/v1/agents/${id}/rollback`, key, { version: 1 })
    expect([again.status, again.body]).toEqual([200, { ...first, current: false }])
    expect(agentSchema.parse((await api.a.call('GET', `/v1/agents/${id}`)).body).published_version).toBe(2)
  })

  test('each token of a session is in the audit log, the repeated one by its own request', async () => {
    const key = freshKey()
    const { id } = createdSessionSchema.parse((await session(key)).body)
    const again = await session(key)
    const list = pageSchema(auditEventSchema).parse((await api.a.call('GET', '/v1/audit-events?limit=2')).body)
    expect(list.data.map(({ action, target, request_id: requestId }) => [action, target?.id, requestId])).toMatchObject(
      [
        ['session.token_reissued', id, again.headers.get('x-request-id')],
        ['session.created', id, expect.any(String)],
      ],
    )
  })

  test('a repeat that shows no token leaves no event', async () => {
    const key = freshKey()
    const first = createdSessionSchema.parse((await session(key, { ttl_seconds: 2 })).body)
    api.pass(3_000)
    const events = await count('audit_events')
    const expired = await session(key, { ttl_seconds: 2 })
    expect(expired.body).toMatchObject({ id: first.id, token: null, secret_already_shown: true })
    await api.a.call('POST', `/v1/sessions/${first.id}/end`)
    expect((await session(key, { ttl_seconds: 2 })).body).toMatchObject({ id: first.id, token: null })
    expect(await count('audit_events')).toBe(events + 1)
  })

  test('a repeated deletion is answered as the first one was', async () => {
    const credential = await api.a.makeOperatorToken()
    const body = { kind: 'model', provider: 'openai', label: 'l', secret: 'sk-12345678' }
    const made = credentialSchema.parse((await api.a.call('POST', '/v1/credentials', { credential, body })).body)
    const remove = () =>
      api.a.call('DELETE', `/v1/credentials/${made.id}`, { credential, headers: { 'idempotency-key': 'delete-it' } })
    expect((await remove()).status).toBe(204)
    expect((await remove()).status).toBe(204)
  })

  test('a secret in the body cannot be guessed from what is remembered', async () => {
    const credential = await api.a.makeOperatorToken()
    const key = freshKey()
    const body = { kind: 'internal_api', provider: 'booking', label: 'l', secret: 'hunter-2' }
    const made = await post('/v1/credentials', key, body, credential)
    expect(made.status).toBe(201)
    const [row] = await api.ask<{ request_sha256: Buffer }>(
      'select request_sha256 from tenant.idempotency_keys where key = $1',
      [key],
    )
    // Who has a copy of the database knows all of the request but the secret.
    const guess = sha256(canonicalJson({ route: 'POST /v1/credentials', input: body }))
    expect(row?.request_sha256).toHaveLength(32)
    expect(row?.request_sha256.equals(guess)).toBe(false)
    expect((await post('/v1/credentials', key, body, credential)).body).toEqual(made.body)
    const other = await post('/v1/credentials', key, { ...body, secret: 'hunter-3' }, credential)
    expect(other.code()).toBe('idempotency.mismatch')
  })

  test('a key is remembered for a day and forgotten after it, however many are old', async () => {
    const key = freshKey()
    const first = createdSessionSchema.parse((await session(key)).body)
    await api.ask(
      `insert into tenant.idempotency_keys (workspace_id, principal, route, key, request_sha256, created_at)
       select workspace_id, principal, route, key || '-old-' || n, request_sha256, created_at - interval '1 hour'
       from tenant.idempotency_keys, generate_series(1, 50) n where key = $1`,
      [key],
    )
    api.pass(dayMs - 1_000)
    expect(createdSessionSchema.parse((await session(key)).body).id).toBe(first.id)
    api.pass(2_000)
    const second = createdSessionSchema.parse((await session(key)).body)
    expect(second.id).not.toBe(first.id)
    expect(createdSessionSchema.parse((await session(key)).body).id).toBe(second.id)
  })

  test('old keys go a few at a time with each new one', async () => {
    const old = () => api.ask("select 1 from tenant.idempotency_keys where key like '%-old-%'")
    for (let time = 0; (await old()).length > 0 && time < 5; time += 1)
      await post('/v1/users', freshKey(), { external_id: newId() })
    expect(await old()).toEqual([])
  })
})
