/** What sessions do with credentials, against a provider on loopback behind the real outbound door. */
import { credentialOpeningSchema, credentialSchema, pageSchema, sessionSchema, type Uuid } from '@hyponema/contract'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { scriptedDocument, zone } from './agent-documents.ts'
import { type Api, openApi } from './api-harness.ts'
import { auditedActions } from './audited-actions.ts'
import { type FakeProvider, startFakeProvider } from './fake-provider.ts'
import { bareId, createdSession, type MadeSession, publishedAgent } from './made-things.ts'
import { refused, say, send } from './talk.ts'

const oldKey = 'sk-quagmire-old-0123456789'
const newKey = 'sk-quagmire-new-9876543210'
const patience = { timeout: 10_000 }

describe('credentials of sessions', () => {
  let api: Api
  let provider: FakeProvider
  beforeAll(async () => {
    provider = await startFakeProvider()
    api = await openApi({ outboundDoor: provider.door })
  })
  afterAll(async () => {
    await api.close()
    await provider.close()
  })
  beforeEach(() => provider.answerWith(undefined))

  const call = async (method: string, path: string, body?: object) =>
    api.a.call(method, path, { credential: await api.a.makeOperatorToken('admin'), body })
  const seal = async (change: object = {}) => {
    const body = { kind: 'model', provider: 'custom', label: 'l', secret: oldKey, ...change }
    const { id } = credentialSchema.parse((await call('POST', '/v1/credentials', body)).body)
    return { id, uuid: bareId('credential', id), path: `/v1/credentials/${id}` }
  }
  const documentWith = (credentialId: string, change: object = {}) =>
    scriptedDocument({
      model: {
        kind: 'openai_compatible' as const,
        provider: 'custom' as const,
        model: 'm',
        base_url: provider.url,
        credential_id: credentialId,
      },
      ...change,
    })
  const agentWith = (credentialId: string) => publishedAgent(api.a, documentWith(credentialId))
  const openings = async (path: string) =>
    pageSchema(credentialOpeningSchema).parse((await call('GET', `${path}/openings`)).body).data
  const keysSent = () => provider.calls.map(({ key }) => key)
  const wake = async (uuid: Uuid) => {
    const [row] = await api.ask<{ id: Uuid }>(
      `select id from tenant.signals where kind = 'credential.revoked' and ref = $1 order by id desc limit 1`,
      [uuid],
    )
    if (row === undefined) throw new Error('nothing was signalled')
    await api.host.onSignal({ workspaceId: api.a.id, signalId: row.id })
  }
  const spoken = (heard: { text: string; last: unknown }) => [heard.text, heard.last]
  const failed = (code: string) => ({ event: 'error', data: expect.objectContaining({ code }) })

  test('each turn that bears the key is counted, and the first of a session is an audit event', async () => {
    const { id, path } = await seal()
    const session = await createdSession(api.a, await agentWith(id))
    expect(await openings(path)).toEqual([])
    expect((await say(api, session, 'hi')).text).toBe('Good day.')
    expect(await openings(path)).toMatchObject([{ session_id: session.id, version: 1, purpose: 'model', openings: 1 }])
    await say(api, session, 'and again')
    await say(api, session, 'and once more')
    expect(await openings(path)).toMatchObject([{ session_id: session.id, openings: 3 }])
    const events = (await auditedActions(api, api.a.id, 'credential.opened')).filter(({ target }) => target.id === id)
    expect(events).toMatchObject([
      {
        actor: { kind: 'session_token', id: session.id },
        after: { session_id: session.id, version: 1, purpose: 'model' },
      },
    ])
    const second = await createdSession(api.a, await agentWith(id), { user_id: 'somebody-else' })
    await say(api, second, 'hi')
    expect((await openings(path)).map((one) => one.session_id)).toEqual([second.id, session.id])
  })

  test('a key that is never used is never opened', async () => {
    const { id, path } = await seal()
    const policy = { ...scriptedDocument().policy, no_go_zones: [zone({ stages: ['input'] })] }
    const agent = await publishedAgent(api.a, documentWith(id, { policy }))
    const session = await createdSession(api.a, agent)
    const before = provider.calls.length
    await say(api, session, 'tell me a forbidden dose')
    expect(provider.calls.length).toBe(before)
    expect(await openings(path)).toEqual([])
  })

  test('what a turn counted is kept when the turn cannot be written', async () => {
    const { id, path } = await seal()
    const session = await createdSession(api.a, await agentWith(id))
    await api.ask(
      `create or replace function app.fail_turn() returns trigger language plpgsql as $$begin raise 'no'; end$$`,
    )
    await api.ask(
      'create trigger fail_turn before insert on tenant.turns for each row execute function app.fail_turn()',
    )
    try {
      await say(api, session, 'hi')
    } finally {
      await api.ask('drop trigger fail_turn on tenant.turns')
    }
    await vi.waitFor(async () => expect(await openings(path)).toMatchObject([{ openings: 1 }]), patience)
  })

  test('a live session keeps the key that it began with, a new one gets the new key', async () => {
    const { id, path } = await seal()
    const agent = await agentWith(id)
    const old = await createdSession(api.a, agent)
    await say(api, old, 'hi')
    await call('POST', `${path}/rotate`, { secret: newKey, grace_seconds: 0 })
    const young = await createdSession(api.a, agent)
    const before = provider.calls.length
    expect((await say(api, old, 'still there?')).text).toBe('Good day.')
    expect((await say(api, young, 'hello')).text).toBe('Good day.')
    await api.host.renewLeases()
    expect((await say(api, old, 'and now?')).text).toBe('Good day.')
    expect(keysSent().slice(before)).toEqual([oldKey, newKey, oldKey])
    expect((await openings(path)).map(({ version }) => version)).toEqual([2, 1])
  })

  test.each([
    ['the credential', (path: string) => ['POST', `${path}/revoke`] as const],
    ['its version', (path: string) => ['POST', `${path}/versions/1/revoke`] as const],
    ['and deleting it', (path: string) => ['DELETE', path] as const],
  ])('revoking %s ends the key in running sessions: nothing more is sent', async (_what, act) => {
    const { id, uuid, path } = await seal()
    const session = await createdSession(api.a, await agentWith(id))
    await say(api, session, 'hi')
    const [method, url] = act(path)
    expect((await call(method, url)).status).toBeLessThan(300)
    await wake(uuid)
    const before = provider.calls.length
    expect(spoken(await say(api, session, 'again'))).toEqual(['', failed('credential.missing')])
    expect(provider.calls.length).toBe(before)
    // The session itself goes on.
    expect((await call('GET', `/v1/sessions/${session.id}`)).body).toMatchObject({ status: 'in_progress' })
    const next = await createdSession(api.a, await agentOf(session))
    expect(await refused(await send(api, next, 'hi'))).toEqual({ status: 409, code: 'credential.missing' })
  })

  test('a revocation that no signal told takes effect with the next renewal', async () => {
    const { id, path } = await seal()
    const session = await createdSession(api.a, await agentWith(id))
    await say(api, session, 'hi')
    await call('POST', `${path}/revoke`)
    expect((await say(api, session, 'deaf')).text).toBe('Good day.')
    await api.host.renewLeases()
    expect(spoken(await say(api, session, 'again'))).toEqual(['', failed('credential.missing')])
  })

  test('a revocation beside a session that is being loaded is not missed', async () => {
    const { id, uuid, path } = await seal()
    const agent = await agentWith(id)
    for (let time = 0; time < 3; time += 1) {
      const one = time === 0 ? { uuid, path, agent } : await again()
      const session = await createdSession(api.a, one.agent, { user_id: `racer-${time}` })
      const [first] = await Promise.all([send(api, session, 'hi'), call('POST', `${one.path}/revoke`)])
      await first.text()
      await wake(one.uuid)
      const before = provider.calls.length
      const response = await send(api, session, 'again')
      expect(await response.text()).toContain('credential.missing')
      expect(provider.calls.length).toBe(before)
    }
    async function again() {
      const sealed = await seal()
      return { ...sealed, agent: await agentWith(sealed.id) }
    }
  })

  test.each([
    ['another version', 'version = 7', 'current_version = 7'],
    ['another kind', undefined, `kind = 'speech'`],
  ])(
    'a blob under %s does not open: the operator is told, the client reads the catalogue',
    async (_what, blob, row) => {
      const { id, uuid } = await seal()
      const session = await createdSession(api.a, await agentWith(id))
      if (blob !== undefined)
        await api.ask(`update tenant.credential_versions set ${blob} where credential_id = $1`, [uuid])
      await api.ask(`update tenant.credentials set ${row} where id = $1`, [uuid])
      await expectUnreadable(session)
    },
  )

  test('a blob moved to another credential, or from another workspace, does not open', async () => {
    const [one, other] = [await seal(), await seal({ secret: newKey })]
    const body = { kind: 'model', provider: 'custom', label: 'theirs', secret: newKey }
    const owner = await api.b.makeOperatorToken()
    const theirs = credentialSchema.parse(
      (await api.b.call('POST', '/v1/credentials', { credential: owner, body })).body,
    )
    for (const from of [other.uuid, bareId('credential', theirs.id)]) {
      const session = await createdSession(api.a, await agentWith(one.id))
      await api.ask(
        `update tenant.credential_versions v set sealed = o.sealed, wrapped_key = o.wrapped_key, kek_id = o.kek_id
         from tenant.credential_versions o where v.credential_id = $1 and o.credential_id = $2`,
        [one.uuid, from],
      )
      await expectUnreadable(session)
    }
  })

  test('only half of a moved blob does not open either', async () => {
    const [one, other] = [await seal(), await seal({ secret: newKey })]
    for (const column of ['wrapped_key', 'sealed']) {
      const session = await createdSession(api.a, await agentWith(one.id))
      await api.ask(
        `update tenant.credential_versions v set ${column} = o.${column} from tenant.credential_versions o
         where v.credential_id = $1 and o.credential_id = $2`,
        [one.uuid, other.uuid],
      )
      await expectUnreadable(session)
    }
  })

  test('the provider’s refusal is told once, then hourly, until it takes the key again', async () => {
    const { id, path } = await seal()
    const session = await createdSession(api.a, await agentWith(id))
    const failing = async () => credentialSchema.parse((await call('GET', path)).body).failing_since
    const told = async () =>
      (await api.ask(`select 1 from tenant.outbox where type = 'credential.failing' and workspace_id = $1`, [api.a.id]))
        .length
    const before = await told()
    provider.answerWith(() => ({ status: 401, body: `{"error":{"message":"wrong key ${oldKey}"}}` }))
    expect(spoken(await say(api, session, 'hi'))).toEqual(['', failed('credential.rejected')])
    await vi.waitFor(async () => expect(await failing()).not.toBeNull(), patience)
    const since = await failing()
    api.pass(120_000)
    await say(api, session, 'again')
    api.pass(3_600_000)
    const late = await createdSession(api.a, await agentOf(session), { user_id: 'late' })
    await say(api, late, 'again')
    await vi.waitFor(async () => expect(await told()).toBe(before + 2), patience)
    expect(await failing()).toBe(since)
    provider.answerWith(undefined)
    expect((await say(api, late, 'and now')).text).toBe('Good day.')
    await vi.waitFor(async () => expect(await failing()).toBeNull(), patience)
    provider.answerWith(() => ({ status: 429, body: '{"error":{"code":"insufficient_quota","message":"no money"}}' }))
    await say(api, late, 'once more')
    await vi.waitFor(async () => expect(await told()).toBe(before + 3), patience)
    expect(api.logged.join('')).not.toContain('quagmire')
  })

  test('a provider that is busy or down says nothing about the key', async () => {
    const { id, path } = await seal()
    const session = await createdSession(api.a, await agentWith(id))
    for (const status of [429, 500, 503, 404]) {
      provider.answerWith(() => ({ status, body: '{"error":{"message":"not now"}}' }))
      await say(api, session, 'hi')
    }
    expect(credentialSchema.parse((await call('GET', path)).body).failing_since).toBeNull()
  })

  test('the old key of a live session says nothing about the new one', async () => {
    const { id, path } = await seal()
    const session = await createdSession(api.a, await agentWith(id))
    await say(api, session, 'hi')
    await call('POST', `${path}/rotate`, { secret: newKey })
    provider.answerWith((key) => ({ status: key === oldKey ? 401 : 200, body: '{}' }))
    await say(api, session, 'again')
    await call('POST', `${path}/test`)
    expect(credentialSchema.parse((await call('GET', path)).body).failing_since).toBeNull()
  })

  test('a key bound to an address goes nowhere else, and an agent that would send it elsewhere is not saved', async () => {
    const { id, uuid } = await seal({ base_url: provider.url })
    const bound = await agentWith(id)
    expect((await say(api, await createdSession(api.a, bound), 'hi')).text).toBe('Good day.')
    const elsewhere = { ...documentWith(id).model, base_url: 'https://collector.example.com/v1' }
    const document = scriptedDocument({ model: elsewhere })
    const made = await api.a.call('POST', '/v1/agents', { body: { name: 'x', document } })
    expect([made.status, made.code(), made.pointers()]).toEqual([
      422,
      'credential.address_mismatch',
      ['/document/model/base_url'],
    ])
    const patched = await api.a.call('PATCH', `/v1/agents/${bound.id}`, { body: { document } })
    expect([patched.status, patched.code()]).toEqual([422, 'credential.address_mismatch'])
    // A published version of before is refused when a session of it begins.
    await api.ask(`update tenant.credentials set base_url = 'https://models.example.com/v1' where id = $1`, [uuid])
    const before = provider.calls.length
    const session = await createdSession(api.a, bound, { user_id: 'bound' })
    expect(await refused(await send(api, session, 'hi'))).toEqual({ status: 422, code: 'credential.address_mismatch' })
    expect((await call('POST', `/v1/agents/${bound.id}/publish`, {})).code()).toBe('credential.address_mismatch')
    expect(provider.calls.length).toBe(before)
  })

  /** The agent that it talks with. */
  async function agentOf(session: MadeSession): Promise<{ id: string }> {
    const { agent_id: id } = sessionSchema.parse((await call('GET', `/v1/sessions/${session.id}`)).body)
    return { id }
  }

  async function expectUnreadable(session: MadeSession): Promise<void> {
    const before = [provider.calls.length, api.logged.length] as const
    const { last, raw } = await say(api, session, 'hi')
    expect(last).toMatchObject({
      event: 'error',
      data: { code: 'credential.sealed_unreadable', title: 'A sealed value could not be opened' },
    })
    expect(raw).not.toMatch(/quagmire|does not open|unwrap/)
    expect(provider.calls.length).toBe(before[0])
    expect(api.logged.slice(before[1]).join('')).toContain('credential.sealed_unreadable')
  }
})
