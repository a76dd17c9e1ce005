/** A person is called, comes, talks and goes; on a real database, through the public door. */
import { escalationSchema, pageSchema, talkMessageSchema, talkSchema, type Uuid } from '@hyponema/contract'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { escalationJobs } from '../../packages/server/src/features/escalations/public.ts'
import { createContentKeys } from '../../packages/server/src/guards/content-keys.ts'
import { keyringKeyService } from '../../packages/server/src/platform/crypto/keyring-key-service.ts'
import { providerDocument, scriptedDocument } from './agent-documents.ts'
import { type Api, newId, openApi } from './api-harness.ts'
import { auditedActions } from './audited-actions.ts'
import { bareId, createdSession, type MadeAgent, type MadeSession, publishedAgent } from './made-things.ts'
import { open, openEvents, say } from './talk.ts'

const rule = {
  name: 'person',
  triggers: { explicit_wish: true },
  queue: 'desk',
  priority: 7,
  say: 'I am calling somebody.',
}

describe('escalations', () => {
  let api: Api
  let agent: MadeAgent
  let session: MadeSession
  let operator: string
  let other: string
  beforeAll(async () => {
    api = await openApi()
    agent = await publishedAgent(api.a, scriptedDocument({ policy: { escalation_rules: [rule] } }))
    operator = await api.a.makeOperatorToken('reviewer')
    other = await (await api.a.makeMember('builder')).token()
  })
  beforeEach(async () => {
    session = await createdSession(api.a, agent)
  })
  afterAll(() => api.close())

  /** As the listener of the server does with each notification. */
  const deliverSignals = async () => {
    const rows = await api.ask<{ id: Uuid }>(
      "select id from tenant.signals where ref = $1 and kind = 'escalation' order by id",
      [session.uuid],
    )
    for (const { id } of rows) await api.host.onSignal({ workspaceId: api.a.id, signalId: id })
  }
  const listed = async (query = '') =>
    pageSchema(escalationSchema).parse((await api.a.call('GET', `/v1/escalations${query}`)).body).data
  const ofSession = async () => {
    const found = (await listed('?limit=200')).find(({ session_id }) => session_id === session.id)
    if (found === undefined) throw new Error('nobody was called')
    return found
  }
  const act = (id: string, verb: string, credential = operator, body: object = {}) =>
    api.a.call('POST', `/v1/escalations/${id}/${verb}`, { credential, body })
  const called = async () => {
    await say(api, session, 'Can I talk to a human, please?')
    return ofSession()
  }
  const claimed = async () => {
    const row = await called()
    expect((await act(row.id, 'claim')).status).toBe(200)
    await deliverSignals()
    return row
  }
  const jobs = () => {
    const epochKeys = keyringKeyService(api.installation.keyring, 'epoch')
    return escalationJobs({ contentKeys: createContentKeys({ epochKeys, newId }), clock: api.clock, newId })
  }
  const work = (job: keyof ReturnType<typeof jobs>, id: Uuid) =>
    api.installation.database.workerWithWorkspace(api.a.scope, (tx) => jobs()[job](tx, id))

  test('a wish is answered with the line of the rule, and somebody waits in its queue', async () => {
    const heard = await say(api, session, 'Can I talk to a human, please?')
    expect(heard.text).toBe('I am calling somebody.')
    expect(await ofSession()).toMatchObject({
      session_id: session.id,
      rule_id: 'agent/escalation.person',
      queue: 'desk',
      priority: 7,
      reason: 'wish',
      state: 'open',
      is_within_hours: true,
      claimed_by: null,
    })
  })

  test('nobody is called twice while one is open, and the agent goes on until somebody comes', async () => {
    await called()
    await say(api, session, 'I want to talk to a human.')
    expect((await say(api, session, 'say hello')).text).toBe('hello')
    expect((await listed('?limit=200')).filter(({ session_id }) => session_id === session.id)).toHaveLength(1)
  })

  test('a crisis is called for without any rule, before all others', async () => {
    const heard = await say(api, session, 'Ich will nicht mehr leben.')
    expect(heard.text).toContain('Notruf')
    expect(await ofSession()).toMatchObject({
      rule_id: 'builtin/crisis',
      queue: 'crisis',
      priority: 9,
      reason: 'crisis',
    })
    const [first] = await listed()
    expect(first?.priority).toBe(9)
  })

  test('of two who claim it at once one gets it, and the other is told that it is taken', async () => {
    const { id } = await called()
    const answers = await Promise.all([act(id, 'claim', operator), act(id, 'claim', other)])
    expect(answers.map(({ status }) => status).toSorted((left, right) => left - right)).toEqual([200, 409])
    expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({ code: 'escalation.claimed' })
    const again = answers[0]?.status === 200 ? operator : other
    expect((await act(id, 'claim', again)).status).toBe(200)
    expect(await auditedActions(api, api.a.id, 'escalation.claimed')).not.toHaveLength(0)
  })

  test('while a person talks the model is not asked, and each reads the other; then the agent goes on', async () => {
    const stream = await openEvents(api, session)
    const { id } = await claimed()
    await stream.until('escalation')
    const silent = await say(api, session, 'say are you there')
    expect(silent.names).toEqual(['turn_start', 'turn_end'])
    const sent = await act(id, 'messages', operator, { text: 'Good day, Maya speaking.' })
    expect(sent).toMatchObject({ status: 201, body: { role: 'operator', is_delivered: false } })
    await deliverSignals()
    const heard = await stream.until('turn_end')
    expect(heard.text).toBe('Good day, Maya speaking.')
    expect(heard.events.filter(({ event }) => event === 'escalation').at(-1)).toMatchObject({
      data: { state: 'with_person' },
    })
    const talk = talkSchema.parse(
      (await api.a.call('GET', `/v1/escalations/${id}/messages`, { credential: operator })).body,
    )
    expect(talk.data.map(({ role, text, is_delivered }) => [role, text, is_delivered]).slice(-2)).toEqual([
      ['user', 'say are you there', true],
      ['operator', 'Good day, Maya speaking.', true],
    ])
    expect(await act(id, 'return')).toMatchObject({ status: 200, body: { state: 'resolved', outcome: 'taken_over' } })
    await deliverSignals()
    expect((await say(api, session, 'say on we go')).text).toBe('on we go')
    await stream.leave()
  })

  test('what an operator says is noted by the rules and not withheld', async () => {
    const strict = await publishedAgent(
      api.a,
      scriptedDocument({
        policy: {
          escalation_rules: [rule],
          no_go_zones: [{ name: 'dose', phrases: ['forbidden dose'], action: 'block', line: 'No.' }],
        },
      }),
    )
    session = await createdSession(api.a, strict)
    const stream = await openEvents(api, session)
    const { id } = await claimed()
    await act(id, 'messages', operator, { text: 'The forbidden dose is two.' })
    await deliverSignals()
    expect((await stream.until('turn_end')).text).toBe('The forbidden dose is two.')
    const decisions = await api.ask<{ action: string; rule_ids: string[] }>(
      "select action, rule_ids from tenant.decisions where session_id = $1 and stage = 'output'",
      [session.uuid],
    )
    expect(decisions).toEqual([{ action: 'annotate', rule_ids: ['agent/dose'] }])
    await stream.leave()
  })

  test('only who has claimed it reads, writes and gives back; a manager may release it', async () => {
    const { id } = await claimed()
    const read = await api.a.call('GET', `/v1/escalations/${id}/messages`, { credential: other })
    expect(read).toMatchObject({ status: 409, body: { code: 'escalation.claimed' } })
    expect(await act(id, 'messages', other, { text: 'x' })).toMatchObject({ status: 409 })
    expect(await act(id, 'return', other)).toMatchObject({ status: 409 })
    expect(await act(id, 'release', other)).toMatchObject({ status: 409 })
    await api.ask("update tenant.escalations set due_at = now() - interval '1 hour' where session_id = $1", [
      session.uuid,
    ])
    const released = await act(id, 'release', await api.a.makeOperatorToken('owner'))
    expect(released).toMatchObject({ status: 200, body: { state: 'open', claimed_by: null } })
    expect(Date.parse(escalationSchema.parse(released.body).due_at)).toBeGreaterThan(api.clock.nowMs())
    expect(await act(id, 'messages', operator, { text: 'x' })).toMatchObject({
      status: 409,
      body: { code: 'escalation.not_claimed' },
    })
    expect(await act(id, 'resolve', other, { outcome: 'dismissed' })).toMatchObject({
      status: 200,
      body: { outcome: 'dismissed' },
    })
    expect(await act(id, 'claim')).toMatchObject({ status: 409, body: { code: 'escalation.resolved' } })
  })

  test('the agent that goes on knows the whole talk, and what was said and given back at once is said', async () => {
    const asked = await publishedAgent(api.a, providerDocument({ policy: { escalation_rules: [rule] } }))
    session = await createdSession(api.a, asked)
    const stream = await openEvents(api, session)
    const { id } = await claimed()
    expect((await say(api, session, 'My card was eaten.')).text).toBe('')
    expect(api.door.requests).toEqual([])
    expect((await act(id, 'messages', operator, { text: 'A new one is on its way, said Ann.' })).status).toBe(201)
    expect((await act(id, 'return')).status).toBe(200)
    await deliverSignals()
    expect((await stream.until('turn_end')).text).toBe('A new one is on its way, said Ann.')
    const answer = await open(api, session, 'When will it come?')
    const reply = await api.door.nextRequest()
    reply.say('On Friday.')
    reply.finish()
    expect((await answer.rest()).text).toBe('On Friday.')
    const prompt = z
      .object({ messages: z.array(z.object({ role: z.string(), content: z.string() })) })
      .parse(JSON.parse(api.door.requests.at(-1) ?? ''))
    const talk = prompt.messages
      .filter(({ role }) => role !== 'system')
      .map(({ role, content }) => `${role}: ${content}`)
    const heard = [
      'Can I talk to a human, please?',
      'I am calling somebody.',
      'My card was eaten.',
      'said Ann',
      'When will it come?',
    ]
    const places = heard.map((words) => talk.findIndex((line) => line.includes(words)))
    expect([places, talk]).toEqual([places.toSorted((left, right) => left - right), talk])
    expect([places.includes(-1), places, talk]).toEqual([false, places, talk])
    await stream.leave()
  })

  test('the same message twice under one key is one message', async () => {
    const { id } = await claimed()
    const send = () =>
      api.a.call('POST', `/v1/escalations/${id}/messages`, {
        credential: operator,
        body: { text: 'Once.' },
        headers: { 'idempotency-key': 'once-1' },
      })
    const [first, second] = [await send(), await send()]
    expect(first.status).toBe(201)
    expect(second.body).toMatchObject({ id: talkMessageSchema.parse(first.body).id })
  })

  test('nobody of another workspace sees, claims or answers it', async () => {
    const { id } = await called()
    const stranger = await api.b.makeOperatorToken('owner')
    expect((await api.b.call('GET', `/v1/escalations/${id}`)).status).toBe(404)
    for (const verb of ['claim', 'release', 'return'])
      expect(
        (await api.b.call('POST', `/v1/escalations/${id}/${verb}`, { credential: stranger, body: {} })).status,
      ).toBe(404)
    expect((await listed()).length).toBeGreaterThan(0)
    expect((await api.b.call('GET', '/v1/escalations')).body).toMatchObject({ data: [] })
  })

  test('nobody in time: it is closed as unanswered, told by a webhook, and the session says so', async () => {
    const stream = await openEvents(api, session)
    const id = bareId('escalation', (await called()).id)
    await work('giveUpWaiting', id)
    expect((await ofSession()).state).toBe('open')
    await api.ask("update tenant.escalations set due_at = now() - interval '1 second' where session_id = $1", [
      session.uuid,
    ])
    await work('giveUpWaiting', id)
    expect(await ofSession()).toMatchObject({ state: 'resolved', outcome: 'unanswered', fallback: 'message' })
    const events = await api.ask('select 1 from tenant.outbox where session_id = $1 and type = $2', [
      session.uuid,
      'escalation.resolved',
    ])
    expect(events).toHaveLength(1)
    await deliverSignals()
    expect((await stream.until('turn_end')).text).toContain('Nobody could take over yet.')
    await stream.leave()
  })

  test('who has taken it over and is not there any more keeps nobody waiting: it goes back, and the agent goes on', async () => {
    const stream = await openEvents(api, session)
    const row = await claimed()
    const id = bareId('escalation', row.id)
    const attended = async (seconds: number) =>
      api.ask(
        'update tenant.escalations set claimed_at = now() - make_interval(secs => $2), attended_at = now() - make_interval(secs => $2) where session_id = $1',
        [session.uuid, seconds],
      )
    await work('giveUpWaiting', id)
    expect((await ofSession()).state).toBe('claimed')
    await attended(119)
    await work('giveUpWaiting', id)
    expect((await ofSession()).state).toBe('claimed')
    // Who looks is there, and who writes.
    await attended(121)
    await api.a.call('GET', `/v1/escalations/${row.id}/messages`, { credential: operator })
    await work('giveUpWaiting', id)
    expect((await ofSession()).state).toBe('claimed')
    await attended(121)
    expect((await act(row.id, 'messages', operator, { text: 'Still here.' })).status).toBe(201)
    await deliverSignals()
    expect((await stream.until('turn_end')).text).toBe('Still here.')
    await work('giveUpWaiting', id)
    expect((await ofSession()).state).toBe('claimed')
    await attended(121)
    await work('giveUpWaiting', id)
    expect(await ofSession()).toMatchObject({ state: 'open', claimed_by: null, claimed_at: null })
    const [event] = await api.ask<{ actor_id: string }>(
      "select actor_id from tenant.audit_events where workspace_id = $1 and action = 'escalation.released' order by id desc limit 1",
      [api.a.id],
    )
    expect(event?.actor_id).toBe('worker')
    await deliverSignals()
    expect((await say(api, session, 'say on we go')).text).toBe('on we go')
    expect((await act(row.id, 'messages', operator, { text: 'Back.' })).body).toMatchObject({
      code: 'escalation.not_claimed',
    })
    expect((await act(row.id, 'claim', other)).status).toBe(200)
    await stream.leave()
  })

  test('looking at it keeps it for nobody else', async () => {
    const row = await claimed()
    await api.ask("update tenant.escalations set attended_at = now() - interval '1 hour' where session_id = $1", [
      session.uuid,
    ])
    await api.a.call('GET', `/v1/escalations/${row.id}/messages`, { credential: other })
    await api.a.call('GET', `/v1/escalations/${row.id}`, { credential: operator })
    await work('giveUpWaiting', bareId('escalation', row.id))
    expect((await ofSession()).state).toBe('open')
  })

  test.each(['end', 'callback', 'message'] as const)('nobody in time, and the rule asks for %s', async (then) => {
    const line = `Nobody came: ${then}.`
    const made = await publishedAgent(
      api.a,
      scriptedDocument({
        policy: {
          escalation_rules: [
            {
              ...rule,
              // oxlint-disable-next-line unicorn/no-thenable -- a word of the policy document, and no function
              unanswered: { after_seconds: 60, then, say: line },
            },
          ],
        },
      }),
    )
    session = await createdSession(api.a, made)
    const stream = await openEvents(api, session)
    const id = bareId('escalation', (await called()).id)
    await api.ask("update tenant.escalations set due_at = now() - interval '1 second' where session_id = $1", [
      session.uuid,
    ])
    await work('giveUpWaiting', id)
    expect(await ofSession()).toMatchObject({ state: 'resolved', outcome: 'unanswered', fallback: then })
    await deliverSignals()
    const heard = await stream.until('turn_end')
    expect(heard.text).toBe(line)
    expect(heard.last).toMatchObject({ data: { session_status: then === 'end' ? 'completed' : 'in_progress' } })
    await stream.leave()
    if (then === 'end') return
    expect((await say(api, session, 'say on we go')).text).toBe('on we go')
  })

  test('a session that ends while a person talks closes what is open, and nobody can claim it any more', async () => {
    const { id } = await claimed()
    await api.a.call('POST', `/v1/sessions/${session.id}/end`, { body: {} })
    expect(await act(id, 'messages', operator, { text: 'Too late.' })).toMatchObject({
      status: 409,
      body: { code: 'session.not_live' },
    })
    await work('closeOfEndedSession', session.uuid)
    expect(await ofSession()).toMatchObject({ state: 'resolved', outcome: 'taken_over' })
  })

  test('who is no member any more has released what he had claimed', async () => {
    const leaver = await api.a.makeMember('builder')
    const { id } = await called()
    expect((await act(id, 'claim', await leaver.token())).status).toBe(200)
    const removed = await api.a.call('DELETE', `/v1/members/${leaver.operator}`, {
      credential: await api.a.makeOperatorToken('owner'),
    })
    expect(removed.status).toBe(204)
    expect(await ofSession()).toMatchObject({ state: 'open', claimed_by: null })
  })
})
