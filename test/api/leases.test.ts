/** Leases and signals of live sessions on a real database. */
import { sessionSchema, type Uuid } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { providerDocument } from './agent-documents.ts'
import { type Api, newId, openApi } from './api-harness.ts'
import { createdSession, type MadeAgent, type MadeSession, publishedAgent } from './made-things.ts'
import { open, refused, send } from './talk.ts'

describe('leases of live sessions', () => {
  let api: Api
  let agent: MadeAgent
  beforeAll(async () => {
    api = await openApi()
    agent = await publishedAgent(api.a, providerDocument())
  })
  afterAll(() => api.close())

  /** A session in the middle of an answer. */
  const speaking = async () => {
    const session = await createdSession(api.a, agent)
    const answer = await open(api, session, 'hello')
    const model = await api.door.nextRequest()
    model.say('Well, let me see. ')
    await answer.until('token')
    return { session, answer, model }
  }
  const lease = async ({ uuid }: MadeSession) =>
    (
      await api.ask<{ holder: Uuid; left: number }>(
        "select holder, extract(epoch from due_at - clock_timestamp())::float as left from app.dispatch where kind = 'session_lease' and ref = $1",
        [uuid],
      )
    )[0]
  const read = async (session: MadeSession) =>
    sessionSchema.parse((await api.a.call('GET', `/v1/sessions/${session.id}`)).body)
  const signalOf = async (session: MadeSession) =>
    (await api.ask<{ id: Uuid }>('select id from tenant.signals where ref = $1', [session.uuid]))[0]?.id ?? newId()

  test('the first message takes the lease for this process, and renewing prolongs it', async () => {
    const { session, answer, model } = await speaking()
    const taken = await lease(session)
    expect(taken?.holder).toBe(api.bootId)
    expect(taken?.left).toBeGreaterThan(5)
    await api.ask(
      "update app.dispatch set due_at = due_at - interval '6 seconds' where ref = $1 and kind = 'session_lease'",
      [session.uuid],
    )
    await api.host.renewLeases()
    expect((await lease(session))?.left).toBeGreaterThan(9)
    model.finish()
    expect((await answer.rest()).last).toMatchObject({ event: 'turn_end', data: { session_status: 'in_progress' } })
  })

  test('a lease that was taken over stops the answer in the middle, and the session with it', async () => {
    const { session, answer, model } = await speaking()
    await api.ask("update app.dispatch set holder = app.uuid_v7() where ref = $1 and kind = 'session_lease'", [
      session.uuid,
    ])
    await api.host.renewLeases()
    model.say('This is said too late. ')
    const heard = await answer.rest()
    expect(heard.text).not.toContain('too late')
    expect(heard.last).toMatchObject({ event: 'turn_end', data: { status: 'cut' } })
    expect((await refused(await send(api, session, 'hi'))).code).toBe('session.owned_elsewhere')
  })

  test('what an owner that lost its session says is not written', async () => {
    const { session, answer, model } = await speaking()
    await api.ask('update tenant.sessions set owner_boot = app.uuid_v7() where id = $1', [session.uuid])
    model.finish()
    expect((await answer.rest()).last).toMatchObject({ event: 'error', data: { code: 'session.owned_elsewhere' } })
    expect(await api.ask('select 1 from tenant.turns where session_id = $1', [session.uuid])).toEqual([])
  })

  test('a session that its row says has ended is ended by its signal', async () => {
    const { session, answer } = await speaking()
    await api.a.call('POST', `/v1/sessions/${session.id}/end`)
    await api.host.onSignal({ workspaceId: api.a.id, signalId: await signalOf(session) })
    expect((await answer.rest()).last).toMatchObject({ data: { status: 'cut', session_status: 'completed' } })
  })

  test('a signal whose session has not ended does nothing', async () => {
    const { session, answer, model } = await speaking()
    await api.installation.database.withWorkspace(api.a.scope, (tx) => tx.signal('session_ended', session.uuid))
    await api.host.onSignal({ workspaceId: api.a.id, signalId: await signalOf(session) })
    model.say('Still here.')
    model.finish()
    expect((await answer.rest()).text).toContain('Still here.')
    expect(await read(session)).toMatchObject({ status: 'in_progress' })
  })

  test.each(['of another workspace', 'of another kind', 'that does not exist'])(
    'a signal %s does nothing',
    async (which) => {
      const { session, answer, model } = await speaking()
      const { withWorkspace } = api.installation.database
      if (which === 'of another workspace')
        await withWorkspace(api.b.scope, (tx) => tx.signal('session_ended', session.uuid))
      if (which === 'of another kind') await withWorkspace(api.a.scope, (tx) => tx.signal('policy_floor', session.uuid))
      await api.ask("update tenant.sessions set status = 'completed', ended_at = now() where id = $1", [session.uuid])
      await api.host.onSignal({ workspaceId: api.a.id, signalId: await signalOf(session) })
      model.say('Still here.')
      model.finish()
      expect((await answer.rest()).text).toContain('Still here.')
    },
  )

  test('draining lets the running turn end, closes the session and gives its lease back', async () => {
    const { session, answer, model } = await speaking()
    const drained = api.host.drain()
    model.say('That was all.')
    model.finish()
    expect((await answer.rest()).last).toMatchObject({ event: 'turn_end', data: { status: 'complete' } })
    await drained
    expect(await read(session)).toMatchObject({ status: 'completed', end_reason: 'server_stopped', turn_count: 2 })
    expect(await lease(session)).toBeUndefined()
    expect(api.host.liveCount).toBe(0)
  })
})
