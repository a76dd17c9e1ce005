import { apiKeySchema, createdApiKeySchema, encodeId, keyScopes, pageSchema, permissions } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Api, newId, openApi } from './api-harness.ts'
import type { Answer } from './call-api.ts'
import { createdSession, draftAgent, publishedAgent } from './made-things.ts'
import { tablesThatHold } from './tables-that-hold.ts'

const dayMs = 24 * 60 * 60 * 1000
const path = '/v1/api-keys'

let api: Api
/** An operator's token of this role; a new one each time, because the clock is moved. */
const as = (role: 'owner' | 'admin'): Promise<string> => api.a.makeOperatorToken(role)
beforeAll(async () => {
  api = await openApi()
})
afterAll(() => api.close())

const post = async (to: string, body: object = {}, call: { role?: 'owner' | 'admin'; key?: string } = {}) =>
  api.a.call('POST', to, {
    credential: await as(call.role ?? 'owner'),
    body,
    headers: call.key === undefined ? {} : { 'idempotency-key': call.key },
  })
const create = (body: object = {}, call: { role?: 'owner' | 'admin'; key?: string } = {}) =>
  post(path, { label: 'Backend', scopes: ['agents:read'], ...body }, call)
const made = (answer: Answer) => {
  expect([answer.status, answer.text]).toEqual([201, answer.text])
  return createdApiKeySchema.parse(answer.body)
}
const read = async (id: string) =>
  apiKeySchema.parse((await api.a.call('GET', `${path}/${id}`, { credential: await as('owner') })).body)
/** What the API answers to a request that bears this key. */
const works = async (key: string | null): Promise<number> =>
  (await api.a.call('GET', '/v1/agents', { credential: key ?? 'none' })).status
const rowsOf = () => api.ask('select id from tenant.api_keys')

describe('a new key', () => {
  test('is shown once, works at once, and is known by its hint from then on', async () => {
    const one = made(await create({ expires_at: '2999-01-01T00:00:00.000Z', allowed_addresses: ['10.0.0.0/8'] }))
    expect(one).toMatchObject({
      label: 'Backend',
      mode: 'live',
      scopes: ['agents:read'],
      allowed_addresses: ['10.0.0.0/8'],
      allowed_agents: null,
      expires_at: '2999-01-01T00:00:00.000Z',
      revoked_at: null,
      rotated_from: null,
      failed_count: 0,
      created_by: expect.stringMatching(/^opr_/),
    })
    expect(one.key).toMatch(/^hyp_live_/)
    expect(one.key?.endsWith(one.hint)).toBe(true)
    expect(await works(one.key)).toBe(200)
    const list = await api.a.call('GET', path, { credential: await as('owner') })
    const { key, ...shown } = one
    const listed = pageSchema(apiKeySchema).parse(list.body).data[0]
    expect({ ...listed, last_used_at: null }).toEqual(shown)
    expect({ ...(await read(one.id)), last_used_at: null }).toEqual(shown)
    expect(list.text).not.toContain(key)
  })

  test('lies nowhere in the database and not in the log: neither its text nor its secret', async () => {
    const { key } = made(await create({ mode: 'test' }))
    const secret = key?.split('_')[3] ?? ''
    expect(secret).toHaveLength(43)
    expect(await tablesThatHold(api, secret)).toEqual([])
    expect(api.logged.join('')).not.toContain(secret)
  })

  test('is not shown again to who repeats the request, and is not made twice', async () => {
    const first = made(await create({ label: 'Once' }, { key: 'make-it-once' }))
    const rows = (await rowsOf()).length
    const again = made(await create({ label: 'Once' }, { key: 'make-it-once' }))
    expect(again).toEqual({ ...first, key: null, secret_already_shown: true })
    expect((await rowsOf()).length).toBe(rows)
  })

  test.each(keyScopes)('may hold the scope %s', async (scope) => {
    expect(made(await create({ scopes: [scope] })).scopes).toEqual([scope])
  })

  test.each(Object.entries(permissions).flatMap(([name, { key }]) => (key === 'never' ? [name] : [])))(
    'never holds %s',
    async (scope) => {
      const answer = await create({ scopes: ['agents:read', scope] })
      expect([answer.status, answer.pointers()]).toEqual([422, ['/scopes/1']])
    },
  )

  test.each([
    ['no scope', { scopes: [] }, ['/scopes']],
    ['a scope that is none', { scopes: ['agents:*'] }, ['/scopes/0']],
    ['a name of the prototype', { scopes: ['constructor'] }, ['/scopes/0']],
    ['the same scope twice', { scopes: ['agents:read', 'agents:read'] }, ['/scopes/1']],
    ['an address that is none', { allowed_addresses: ['10.0.0.1', '10.0.0.0/33'] }, ['/allowed_addresses/1']],
    ['an octal address', { allowed_addresses: ['010.0.0.1'] }, ['/allowed_addresses/0']],
    ['a host name', { allowed_addresses: ['example.com'] }, ['/allowed_addresses/0']],
    ['no address at all', { allowed_addresses: [] }, ['/allowed_addresses']],
    ['no agent at all', { allowed_agents: [] }, ['/allowed_agents']],
    ['an expiry in the past', { expires_at: '2020-01-01T00:00:00.000Z' }, ['/expires_at']],
    ['an expiry that is no time', { expires_at: 'tomorrow' }, ['/expires_at']],
    ['another mode', { mode: 'prod' }, ['/mode']],
    ['no label', { label: ' ' }, ['/label']],
    ['a workspace', { workspace_id: 'wsp_x' }, ['/workspace_id']],
    [
      'several of these',
      { allowed_addresses: ['x.y', '::1/129'], expires_at: '2020-01-01T00:00:00Z' },
      ['/allowed_addresses/0', '/allowed_addresses/1', '/expires_at'],
    ],
  ])('with %s is refused at its place, and nothing is written', async (_name, body, pointers) => {
    const before = [await rowsOf(), await api.ask('select 1 from tenant.audit_events')]
    const answer = await create(body)
    expect([answer.status, answer.code(), answer.pointers()]).toEqual([422, 'request.invalid', pointers])
    expect([await rowsOf(), await api.ask('select 1 from tenant.audit_events')]).toEqual(before)
  })

  test('names agents of its own workspace; of another one is as of none', async () => {
    const [own, theirs] = [await draftAgent(api.a), await draftAgent(api.b)]
    const one = made(await create({ allowed_agents: [own.id] }))
    expect(one.allowed_agents).toEqual([own.id])
    const refusals = await Promise.all(
      [theirs.id, encodeId('agent', newId())].map((id) => create({ allowed_agents: [own.id, id] })),
    )
    const texts = refusals.map(({ text }) => text.replace(/"request_id":"[^"]+"/, ''))
    expect(refusals.map((answer) => [answer.status, answer.pointers()])).toEqual([
      [422, ['/allowed_agents/1']],
      [422, ['/allowed_agents/1']],
    ])
    expect(texts[0]).toBe(texts[1])
  })

  test('gives nobody more than the role of who makes it: an admin hands out no privacy:write', async () => {
    const asked = { scopes: ['agents:read', 'privacy:write', 'workspace:write'] }
    const refused = await create(asked, { role: 'admin' })
    expect([refused.status, refused.pointers()]).toEqual([422, ['/scopes/1']])
    expect(made(await create(asked, { role: 'owner' })).scopes).toEqual(asked.scopes)
  })
})

describe('the rotation of a key', () => {
  test('makes a successor with the same limits, and both work until the overlap ends', async () => {
    const agent = await draftAgent(api.a)
    const limits = { label: 'Rotated', mode: 'test', allowed_addresses: ['10.0.0.0/8'], allowed_agents: [agent.id] }
    const old = made(await create(limits))
    const next = made(await post(`${path}/${old.id}/rotate`, { overlap_seconds: 60 }))
    expect(next).toMatchObject({ ...limits, scopes: old.scopes, rotated_from: old.id, expires_at: null })
    expect(next.id).not.toBe(old.id)
    expect([await works(old.key), await works(next.key)]).toEqual([200, 200])
    api.pass(60_000)
    expect([await works(old.key), await works(next.key)]).toEqual([401, 200])
  })

  test('ends the old key a day later unless it is said otherwise, at once for no overlap, and never after its own end', async () => {
    const release = api.holdClock()
    const nowMs = api.clock.nowMs()
    const ends = async (expiresAt: number | null, body: object): Promise<number> => {
      const old = made(await create(expiresAt === null ? {} : { expires_at: new Date(expiresAt).toISOString() }))
      const next = made(await post(`${path}/${old.id}/rotate`, body))
      expect(next.expires_at).toBe(old.expires_at)
      return Date.parse((await read(old.id)).expires_at ?? '') - nowMs
    }
    expect(await ends(null, {})).toBe(dayMs)
    expect(await ends(null, { overlap_seconds: 0 })).toBe(0)
    expect(await ends(null, { overlap_seconds: 30 * 24 * 60 * 60 })).toBe(30 * dayMs)
    expect(await ends(nowMs + 5_000, { overlap_seconds: 60 })).toBe(5_000)
    release()
  })

  test('may be asked for without a body, and gives the successor an end of its own where one is said', async () => {
    const old = made(await create())
    const answer = await api.a.call('POST', `${path}/${old.id}/rotate`, { credential: await as('owner') })
    expect(made(answer).rotated_from).toBe(old.id)
    const other = made(await create({ expires_at: '2998-01-01T00:00:00.000Z' }))
    const next = made(await post(`${path}/${other.id}/rotate`, { expires_at: '2999-01-01T00:00:00.000Z' }))
    expect(next.expires_at).toBe('2999-01-01T00:00:00.000Z')
    const endless = made(await post(`${path}/${next.id}/rotate`, { expires_at: null }))
    expect(endless.expires_at).toBeNull()
  })

  test.each([
    [{ overlap_seconds: -1 }, '/overlap_seconds'],
    [{ overlap_seconds: 30 * 24 * 60 * 60 + 1 }, '/overlap_seconds'],
    [{ overlap_seconds: 1.5 }, '/overlap_seconds'],
    [{ expires_at: '2020-01-01T00:00:00Z' }, '/expires_at'],
    [{ scopes: ['workspace:write'] }, '/scopes'],
  ])('refuses %j and makes nothing', async (body, pointer) => {
    const old = made(await create())
    const rows = await rowsOf()
    const answer = await post(`${path}/${old.id}/rotate`, body)
    expect([answer.status, answer.pointers()]).toEqual([422, [pointer]])
    expect(await rowsOf()).toEqual(rows)
  })

  test('gives one live successor, whoever asks at the same moment', async () => {
    const old = made(await create())
    const answers = await Promise.all(Array.from({ length: 5 }, () => post(`${path}/${old.id}/rotate`)))
    expect(answers.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([201, 409, 409, 409, 409])
    const late = await post(`${path}/${old.id}/rotate`)
    expect([late.status, late.code()]).toEqual([409, 'api_key.already_rotated'])
    const next = made(answers.find(({ status }) => status === 201) ?? late)
    expect(await works(next.key)).toBe(200)
  })

  test('is possible again once the successor is revoked, or has ended before the old key', async () => {
    const old = made(await create())
    const first = made(await post(`${path}/${old.id}/rotate`))
    await post(`${path}/${first.id}/revoke`)
    const endsSoon = { expires_at: new Date(api.clock.nowMs() + 5_000).toISOString() }
    made(await post(`${path}/${old.id}/rotate`, endsSoon))
    expect((await post(`${path}/${old.id}/rotate`)).status).toBe(409)
    api.pass(5_000)
    expect(await works(made(await post(`${path}/${old.id}/rotate`)).key)).toBe(200)
  })

  test('is refused for a key that was revoked or has expired', async () => {
    const revoked = made(await create())
    await post(`${path}/${revoked.id}/revoke`)
    const expired = made(await create({ expires_at: new Date(api.clock.nowMs() + 1_000).toISOString() }))
    api.pass(1_000)
    for (const { id } of [revoked, expired]) {
      const answer = await post(`${path}/${id}/rotate`)
      expect([answer.status, answer.code()]).toEqual([409, 'api_key.not_live'])
    }
  })

  test('hands nobody a secret that may do more than the own role', async () => {
    const key = made(await create({ scopes: ['privacy:write'] }, { role: 'owner' }))
    const rows = await rowsOf()
    const refused = await post(`${path}/${key.id}/rotate`, {}, { role: 'admin' })
    expect([refused.status, refused.code()]).toEqual([403, 'api_key.beyond_role'])
    expect(await rowsOf()).toEqual(rows)
    expect(await works(key.key)).toBe(403)
    expect((await post(`${path}/${key.id}/rotate`, {}, { role: 'owner' })).status).toBe(201)
  })

  test('repeated under its idempotency key shows the successor without its text', async () => {
    const old = made(await create())
    const first = made(await post(`${path}/${old.id}/rotate`, {}, { key: 'rotate-once' }))
    const again = made(await post(`${path}/${old.id}/rotate`, {}, { key: 'rotate-once' }))
    expect(again).toEqual({ ...first, key: null, secret_already_shown: true })
  })
})

describe('the end of a key', () => {
  test('is at once here, within five seconds on every other server, and revoking it again answers the same and leaves no event', async () => {
    const one = made(await create())
    const another = await api.openAnother()
    const onBoth = async () => [
      await works(one.key),
      (await another.call('GET', '/v1/agents', { credential: one.key ?? '' })).status,
    ]
    expect(await onBoth()).toEqual([200, 200])
    const first = await post(`${path}/${one.id}/revoke`)
    expect(apiKeySchema.parse(first.body).revoked_at).not.toBeNull()
    expect((await onBoth())[0]).toBe(401)
    api.pass(5_000)
    expect(await onBoth()).toEqual([401, 401])
    const events = (await api.ask('select 1 from tenant.audit_events')).length
    api.pass(1_000)
    const again = await post(`${path}/${one.id}/revoke`)
    expect([again.status, again.body]).toEqual([200, first.body])
    expect(await api.ask('select 1 from tenant.audit_events')).toHaveLength(events)
  })

  test('may be brought about by an admin whatever the key holds', async () => {
    const key = made(await create({ scopes: ['privacy:write'] }))
    expect((await post(`${path}/${key.id}/revoke`, {}, { role: 'admin' })).status).toBe(200)
    expect(await works(key.key)).toBe(401)
  })

  test('leaves its successor and the sessions that it made alone', async () => {
    const agent = await publishedAgent(api.a)
    const old = made(await create({ scopes: ['workspace:write'] }))
    const session = await createdSession(
      { ...api.a, call: (method, to, call) => api.a.call(method, to, { ...call, credential: old.key ?? '' }) },
      agent,
    )
    const next = made(await post(`${path}/${old.id}/rotate`))
    await post(`${path}/${old.id}/revoke`)
    expect(await works(next.key)).toBe(200)
    const answer = await api.a.call('GET', `/v1/sessions/${session.id}`, { credential: next.key ?? '' })
    expect(answer.body).toMatchObject({ status: 'pending' })
  })
})

describe('the label of a key', () => {
  test('can be changed, and nothing else of it', async () => {
    const one = made(await create())
    const credential = await as('owner')
    const answer = await api.a.call('PATCH', `${path}/${one.id}`, { credential, body: { label: ' New ' } })
    expect(apiKeySchema.parse(answer.body)).toMatchObject({ id: one.id, label: 'New' })
    for (const body of [{ scopes: ['workspace:write'] }, { expires_at: null }, { label: '' }, {}]) {
      expect((await api.a.call('PATCH', `${path}/${one.id}`, { credential, body })).status).toBe(422)
    }
  })
})

test('each change of a key is in the audit log with what was before and after, and without a secret', async () => {
  const one = made(await create({ label: 'Told' }))
  const credential = await as('owner')
  await api.a.call('PATCH', `${path}/${one.id}`, { credential, body: { label: 'Retold' } })
  const next = made(await post(`${path}/${one.id}/rotate`, { overlap_seconds: 0 }))
  await post(`${path}/${next.id}/revoke`)
  const rows = await api.ask<{ canonical: Buffer }>(
    'select canonical from tenant.audit_events where target_id = any($1) order by id',
    [[one.id, next.id]],
  )
  const texts = rows.map(({ canonical }) => canonical.toString('utf8'))
  expect(texts.map((text): unknown => JSON.parse(text))).toMatchObject([
    { action: 'api_key.created', after: { label: 'Told', scopes: ['agents:read'], rotated_from: null } },
    { action: 'api_key.updated', before: { label: 'Told' }, after: { label: 'Retold' } },
    { action: 'api_key.created', after: { label: 'Retold', rotated_from: one.id } },
    { action: 'api_key.rotated', before: { expires_at: null }, after: { successor: next.id } },
    { action: 'api_key.revoked', before: { revoked_at: null } },
  ])
  for (const { key } of [one, next]) {
    for (const text of texts) expect(text).not.toContain(key?.split('_')[3])
  }
})
