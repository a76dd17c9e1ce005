import { createdSessionSchema, pageSchema, sessionSchema, userSchema } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { scriptedDocument } from './agent-documents.ts'
import { type Api, openApi } from './api-harness.ts'
import { createdSession, draftAgent, type MadeAgent, publishedAgent } from './made-things.ts'
import { tablesThatHold } from './tables-that-hold.ts'
import { say, send } from './talk.ts'

describe('sessions', () => {
  let api: Api
  let agent: MadeAgent
  beforeAll(async () => {
    api = await openApi()
    agent = await publishedAgent(api.a)
  })
  afterAll(() => api.close())

  const create = (body: object) =>
    api.a.call('POST', '/v1/sessions', { body: { agent_id: agent.id, user_id: 'u', ...body } })
  const read = async (id: string) => sessionSchema.parse((await api.a.call('GET', `/v1/sessions/${id}`)).body)
  const end = (id: string) => api.a.call('POST', `/v1/sessions/${id}/end`)

  test('a session of defaults is text, native, pending, lives 15 minutes and has no socket', async () => {
    const answer = await create({})
    expect(answer.status).toBe(201)
    const made = createdSessionSchema.parse(answer.body)
    expect(made).toMatchObject({ status: 'pending', ws_url: null, signed_url: null })
    expect(made.messages_url).toBe(`http://127.0.0.1:4700/v1/sessions/${made.id}/messages`)
    expect(made.secret_already_shown).toBeUndefined()
    const session = await read(made.id)
    expect(session).toMatchObject({
      modality: 'text',
      client: 'native',
      status: 'pending',
      agent_version: 1,
      turn_count: 0,
    })
    expect(Date.parse(session.expires_at) - Date.parse(session.created_at)).toBe(900_000)
    expect([session.started_at, session.ended_at, session.end_reason]).toEqual([null, null, null])
  })

  test('the person is found by external id, or made now', async () => {
    const one = await read((await createdSession(api.a, agent, { user_id: 'person-x' })).id)
    const two = await read((await createdSession(api.a, agent, { user_id: 'person-x' })).id)
    expect(one.user_id).toBe(two.user_id)
    const found = pageSchema(userSchema).parse((await api.a.call('GET', '/v1/users?external_id=person-x')).body)
    expect(found.data.map(({ id }) => id)).toEqual([one.user_id])
  })

  test('several first sessions of one person at once make one user', async () => {
    const made = await Promise.all(Array.from({ length: 4 }, () => createdSession(api.a, agent, { user_id: 'rushed' })))
    const users = await Promise.all(made.map(async ({ id }) => (await read(id)).user_id))
    expect(new Set(users).size).toBe(1)
  })

  test.each(['voice', 'voice+text'])('%s is refused for an agent that has no voice', async (modality) => {
    const answer = await create({ modality })
    expect([answer.status, answer.code()]).toEqual([422, 'session.modality_unavailable'])
  })

  test.each([
    [{ ttl_seconds: 0 }, '/ttl_seconds'],
    [{ ttl_seconds: 3601 }, '/ttl_seconds'],
    [{ ttl_seconds: 1.5 }, '/ttl_seconds'],
    [{ modality: 'video' }, '/modality'],
    [{ client: 'phone' }, '/client'],
    [{ user_id: '' }, '/user_id'],
    [{ user_id: 'x'.repeat(201) }, '/user_id'],
    [{ agent_id: 'agt_x' }, '/agent_id'],
    [{ overrides: { 'persona.prompt': 'x' } }, '/overrides/persona.prompt'],
    [{ dynamic_variables: { name: 1 } }, '/dynamic_variables/name'],
    [{ workspace_id: 'wsp_1' }, '/workspace_id'],
  ])('refuses %j', async (change, pointer) => {
    const answer = await create(change)
    expect([answer.status, answer.code(), answer.pointers()]).toEqual([422, 'request.invalid', [pointer]])
  })

  test.each([1, 3600])('takes a life of %i s', async (seconds) => {
    expect((await create({ ttl_seconds: seconds })).status).toBe(201)
  })

  test('an agent without a published version holds no sessions', async () => {
    const draft = await draftAgent(api.a)
    const answer = await create({ agent_id: draft.id })
    expect([answer.status, answer.code()]).toEqual([409, 'agent.not_published'])
  })

  test('declared variables reach the agent, undeclared ones are refused, defaults fill the rest', async () => {
    const speaking = await publishedAgent(
      api.a,
      scriptedDocument({
        model: { kind: 'scripted', script: { rules: [], otherwise: 'Hello {{name}} of {{city}}.' } },
        dynamic_variables: [{ name: 'name' }, { name: 'city', default: 'Paris' }],
      }),
    )
    const unknown = await create({ agent_id: speaking.id, dynamic_variables: { name: 'Ann', 'a/b': 'x' } })
    expect([unknown.status, unknown.code(), unknown.pointers()]).toEqual([
      422,
      'session.variable_unknown',
      ['/dynamic_variables/a~1b'],
    ])
    const session = await createdSession(api.a, speaking, { dynamic_variables: { name: 'Wilhelmina' } })
    expect((await say(api, session, 'hi')).text).toBe('Hello Wilhelmina of Paris.')
    expect(await tablesThatHold(api, 'Wilhelmina')).toEqual([])
  })

  test('a field is overridden only where the agent version allows it', async () => {
    const overrides = { 'persona.first_message': 'Welcome back.' }
    const refusal = await create({ overrides })
    expect([refusal.status, refusal.code(), refusal.pointers()]).toEqual([
      422,
      'session.override_refused',
      ['/overrides/persona.first_message'],
    ])
    const open = await publishedAgent(api.a, scriptedDocument({ overridable: ['persona.first_message'] }))
    const session = await createdSession(api.a, open, { overrides })
    expect((await say(api, session, { start: true })).text).toBe('Welcome back.')
  })

  test('a session keeps the version that it began with', async () => {
    const changing = await publishedAgent(api.a)
    const session = await createdSession(api.a, changing)
    const other = scriptedDocument({ model: { kind: 'scripted', script: { rules: [], otherwise: 'The new one.' } } })
    await api.a.call('PATCH', `/v1/agents/${changing.id}`, { body: { document: other } })
    await api.a.call('POST', `/v1/agents/${changing.id}/publish`, { body: {} })
    expect((await say(api, session, 'hi')).text).toBe('I heard you.')
    expect((await read((await createdSession(api.a, changing)).id)).agent_version).toBe(2)
  })

  test('ending twice answers the same closed session, and its token opens nothing any more', async () => {
    const session = await createdSession(api.a, agent)
    const first = await end(session.id)
    expect(sessionSchema.parse(first.body)).toMatchObject({ status: 'completed', end_reason: 'ended_by_backend' })
    const second = await end(session.id)
    expect([second.status, second.body]).toEqual([200, first.body])
    const refusal = await send(api, session, 'hi')
    expect(refusal.status).toBe(409)
    expect(await refusal.json()).toMatchObject({ code: 'session.not_live' })
  })

  test('ends at once make one end', async () => {
    const session = await createdSession(api.a, agent)
    const answers = await Promise.all(Array.from({ length: 4 }, () => end(session.id)))
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    const told = await api.ask(
      'select 1 from tenant.outbox where type = $1 and created_at = (select ended_at from tenant.sessions where id = $2)',
      ['session.completed', session.uuid],
    )
    expect(told).toHaveLength(1)
  })

  test('lists by status, newest first, page by page', async () => {
    const theirs = await publishedAgent(api.b)
    const made: string[] = []
    for (let index = 0; index < 3; index += 1) made.unshift((await createdSession(api.b, theirs)).id)
    await api.b.call('POST', `/v1/sessions/${made[1]}/end`)
    const list = async (query: string) =>
      pageSchema(sessionSchema).parse((await api.b.call('GET', `/v1/sessions?${query}`)).body)
    expect((await list('')).data.map(({ id }) => id)).toEqual(made)
    expect((await list('status=pending')).data.map(({ id }) => id)).toEqual([made[0], made[2]])
    expect((await list('status=completed')).data.map(({ id }) => id)).toEqual([made[1]])
    expect((await list('status=failed')).data).toEqual([])
    const page = await list('status=pending&limit=1')
    expect((await list(`status=pending&limit=1&cursor=${page.next_cursor}`)).data.map(({ id }) => id)).toEqual([
      made[2],
    ])
    const wrong = await api.b.call('GET', '/v1/sessions?status=gone')
    expect([wrong.status, wrong.pointers()]).toEqual([422, ['/status']])
    const unknown = await api.b.call('GET', '/v1/sessions?state=pending')
    expect([unknown.status, unknown.pointers()]).toEqual([422, ['/state']])
  })

  test('a session is held to the policy whose hash its decisions name', async () => {
    const session = await read((await createdSession(api.a, agent)).id)
    expect(session.policy_sha256).toMatch(/^[0-9a-f]{64}$/)
  })

  test('the limit of live sessions is exact, also for creations at once, and ended ones do not count', async () => {
    const own = await publishedAgent(api.b)
    const one = await createdSession(api.b, own)
    const [{ live } = { live: 0 }] = await api.ask<{ live: number }>(
      "select count(*)::int as live from tenant.sessions where workspace_id = $1 and status in ('pending', 'in_progress')",
      [api.b.id],
    )
    await api.ask(
      `insert into tenant.sessions (workspace_id, id, agent_id, agent_version, user_id, modality, client, variables,
         variables_sha256, origins_sha256, policy_sha256, token_jti, ttl_seconds, expires_at)
       select workspace_id, app.uuid_v7(), agent_id, agent_version, user_id, modality, client, variables,
         variables_sha256, origins_sha256, policy_sha256, app.uuid_v7(), ttl_seconds, expires_at
       from tenant.sessions, generate_series(1, $2) where id = $1`,
      [one.uuid, 998 - live],
    )
    const creations = await Promise.all(
      Array.from({ length: 6 }, () => api.b.call('POST', '/v1/sessions', { body: { agent_id: own.id, user_id: 'u' } })),
    )
    expect(creations.map(({ status }) => status).sort(ascending)).toEqual([201, 201, 429, 429, 429, 429])
    const refusal = creations.find(({ status }) => status === 429)
    expect([refusal?.code(), refusal?.headers.get('retry-after')]).toEqual(['session.live_limit', '10'])
    await api.b.call('POST', `/v1/sessions/${one.id}/end`)
    await createdSession(api.b, own, { user_id: 'u' })
  })
})

function ascending(left: number, right: number): number {
  return left - right
}
