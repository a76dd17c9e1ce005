/** What a rule forbids reaches nobody: not the client, not history, not any column in plain text; only the sealed decision. */
import { pageSchema, sessionSchema, storedDecisionSchema, turnSchema } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createContentKeys } from '../../packages/server/src/guards/content-keys.ts'
import { keyringKeyService } from '../../packages/server/src/platform/crypto/keyring-key-service.ts'
import type { SealedContent } from '../../packages/server/src/platform/crypto/sealed-content.ts'
import { providerDocument, scriptedDocument, zone } from './agent-documents.ts'
import { type Api, newId, openApi } from './api-harness.ts'
import { createdSession, type MadeSession, publishedAgent } from './made-things.ts'
import { tablesThatHold } from './tables-that-hold.ts'
import { type Heard, open, refused, say, send } from './talk.ts'

const forbidden = 'forbidden dose'

describe('guarded messages', () => {
  let api: Api
  beforeAll(async () => {
    api = await openApi()
  })
  afterAll(() => api.close())

  const talkTo = async (zones: readonly object[], more: object = {}): Promise<MadeSession> => {
    const document = { ...scriptedDocument(), policy: { no_go_zones: zones }, ...more }
    return createdSession(api.a, await publishedAgent(api.a, document), { user_id: newId() })
  }
  const decisionsOf = async (session: MadeSession) =>
    pageSchema(storedDecisionSchema).parse((await api.a.call('GET', `/v1/sessions/${session.id}/decisions`)).body).data
  const turnsOf = async (session: MadeSession) =>
    pageSchema(turnSchema).parse((await api.a.call('GET', `/v1/sessions/${session.id}/turns`)).body).data
  const guardOf = (heard: Heard) => heard.events.flatMap((event) => (event.event === 'guard' ? [event.data] : []))

  /** The outbox of a session's person, opened: type and data of each event. */
  const told = async (session: MadeSession) => {
    const rows = await api.ask<{
      id: typeof session.uuid
      type: string
      body: SealedContent
      user_id: typeof session.uuid
    }>(
      'select id, type, body, user_id from tenant.outbox where user_id = (select user_id from tenant.sessions where id = $1) order by id',
      [session.uuid],
    )
    const keys = createContentKeys({ epochKeys: keyringKeyService(api.installation.keyring, 'epoch'), newId })
    return api.installation.database.withWorkspace(api.a.scope, async (tx) =>
      Promise.all(
        rows.map(async ({ id, type, body, user_id: userId }) => {
          const key = await keys.forUser(tx, userId)
          const text = key.open({ table: 'outbox', column: 'body', rowId: id }, body, 'delivery')
          return { type, text }
        }),
      ),
    )
  }

  test('redirect says the line in place of the match and goes on', async () => {
    const session = await talkTo([zone()])
    const heard = await say(api, session, 'say The forbidden dose is high. Goodbye.')
    expect(heard.text).toBe('The Please ask a doctor. is high. Goodbye.')
    expect(heard.raw).not.toContain('forbidden')
    expect(heard.last).toMatchObject({ data: { status: 'complete', session_status: 'in_progress' } })
    expect(guardOf(heard)).toMatchObject([
      {
        stage: 'output',
        action: 'replace',
        zone: 'medical dosage',
        characters_heard: 0,
        rule_id: expect.stringContaining('dosage'),
      },
    ])
  })

  test('block says the line and stops the turn', async () => {
    const session = await talkTo([zone({ action: 'block' })])
    const heard = await say(api, session, 'say Now the forbidden dose. And more of it.')
    expect(heard.text).toBe('Now the Please ask a doctor.')
    expect(heard.last).toMatchObject({ data: { status: 'blocked', session_status: 'in_progress' } })
    expect((await say(api, session, 'hi')).text).toBe('I heard you.')
  })

  test('escalate stops the turn, tells the outbox once and keeps the session', async () => {
    const session = await talkTo([zone({ action: 'escalate', line: 'I get a colleague.' })])
    const heard = await say(api, session, 'say A forbidden dose. And more.')
    expect(heard.text).toBe('A I get a colleague.')
    expect(guardOf(heard)).toMatchObject([{ action: 'escalate' }])
    expect(heard.last).toMatchObject({ data: { status: 'blocked', session_status: 'in_progress' } })
    const types = (await told(session)).map(({ type }) => type)
    expect(types).toEqual(['session.started', 'guard.triggered', 'escalation.triggered'])
    expect((await decisionsOf(session)).map(({ stage, action }) => `${stage} ${action}`).sort()).toEqual([
      'escalation escalate',
      'output escalate',
    ])
  })

  test('end says the line and closes the session', async () => {
    const session = await talkTo([zone({ action: 'end', line: 'Goodbye.' })])
    const heard = await say(api, session, 'say A forbidden dose. And more.')
    expect(heard.text).toBe('A Goodbye.')
    expect(heard.last).toMatchObject({ data: { status: 'blocked', session_status: 'completed' } })
    const read = sessionSchema.parse((await api.a.call('GET', `/v1/sessions/${session.id}`)).body)
    expect(read).toMatchObject({ status: 'completed', end_reason: 'ended_by_policy' })
    expect((await refused(await send(api, session, 'hi'))).code).toBe('session.not_live')
    expect((await told(session)).map(({ type }) => type)).toEqual([
      'session.started',
      'guard.triggered',
      'session.completed',
    ])
  })

  test('an input zone answers with its line, and the model never reads the message, then or later', async () => {
    const provider = providerDocument({ policy: { no_go_zones: [zone({ stages: ['input'] })] } })
    const session = await createdSession(api.a, await publishedAgent(api.a, provider))
    const before = api.door.requests.length
    const heard = await say(api, session, 'What is the forbidden dose?')
    expect(heard.text).toBe('Please ask a doctor.')
    expect(heard.names).toEqual(['turn_start', 'guard', 'token', 'turn_end'])
    expect(guardOf(heard)).toMatchObject([
      { stage: 'input', action: 'replace', zone: 'medical dosage', characters_heard: 0 },
    ])
    expect(heard.last).toMatchObject({ data: { status: 'blocked' } })
    expect(api.door.requests).toHaveLength(before)
    const answer = await open(api, session, 'And the weather?')
    const model = await api.door.nextRequest()
    const prompt = api.door.requests.at(-1) ?? ''
    expect(prompt).toContain('And the weather?')
    expect(prompt).toContain('Please ask a doctor.')
    expect(prompt).not.toContain(forbidden)
    model.finish()
    await answer.rest()
    const [decision, ...others] = await decisionsOf(session)
    expect([decision, others]).toMatchObject([{ stage: 'input', action: 'replace' }, []])
    expect(guardOf(heard)[0]?.decision_id).toBe(decision?.id)
  })

  test('an input zone that ends the session ends it', async () => {
    const session = await talkTo([zone({ stages: ['input'], action: 'end', line: 'Goodbye.' })])
    const heard = await say(api, session, 'Tell me the forbidden dose')
    expect([heard.text, heard.last]).toMatchObject(['Goodbye.', { data: { session_status: 'completed' } }])
  })

  test('a tool call with forbidden arguments is not made, and the arguments lie in the decision alone', async () => {
    const policy = { no_go_zones: [zone({ stages: ['tool_call'], phrases: ['xylotan pills'] })] }
    const agent = await publishedAgent(api.a, providerDocument({ policy }))
    const session = await createdSession(api.a, agent)
    const answer = await open(api, session, 'book it')
    const first = await api.door.nextRequest()
    first.wishTool('book_slot', '{"weekday":"Tuesday","time":"9:00","doctor":"xylotan pills"}')
    first.finish()
    const second = await api.door.nextRequest()
    const prompt = api.door.requests.at(-1) ?? ''
    expect(prompt).toContain('This is not allowed.')
    expect(prompt).not.toContain('xylotan')
    second.say('I may not.')
    second.finish()
    const heard = await answer.rest()
    expect(heard.text).toBe('I may not.')
    expect(heard.raw).not.toContain('xylotan')
    expect(guardOf(heard)).toMatchObject([{ stage: 'tool_call', action: 'deny', zone: 'medical dosage' }])
    expect(heard.names.slice(0, 4)).toEqual(['turn_start', 'tool_call', 'guard', 'tool_result'])
    expect(await decisionsOf(session)).toMatchObject([
      { stage: 'tool_call', action: 'deny', blocked_text: expect.stringContaining('xylotan') },
    ])
    expect((await turnsOf(session))[1]?.tool_calls).toEqual([
      { call_id: 'call_1', name: 'book_slot', status: 'failed' },
    ])
  })

  test('a tool call that ends the session stops at once: no further tool runs and nothing more is said', async () => {
    const policy = { no_go_zones: [zone({ stages: ['tool_call'], phrases: ['xylotan pills'], action: 'end' })] }
    const session = await createdSession(api.a, await publishedAgent(api.a, providerDocument({ policy })))
    const answer = await open(api, session, 'book both')
    const model = await api.door.nextRequest()
    model.wishTool('book_slot', '{"weekday":"Monday","time":"9:00","doctor":"xylotan pills"}')
    model.wishTool('book_slot', '{"weekday":"Tuesday","time":"9:00"}')
    model.finish()
    const heard = await answer.rest()
    expect(heard.last).toMatchObject({ data: { status: 'blocked', session_status: 'completed' } })
    expect(guardOf(heard)).toMatchObject([{ stage: 'tool_call', action: 'end' }])
    expect((await turnsOf(session))[1]?.tool_calls).toHaveLength(1)
  })

  test('history holds the replacement and never what was withheld', async () => {
    const session = await createdSession(
      api.a,
      await publishedAgent(api.a, providerDocument({ policy: { no_go_zones: [zone()] } })),
    )
    const first = await open(api, session, 'how much?')
    const one = await api.door.nextRequest()
    for (const piece of ['Take the for', 'bidd', 'en do', 'se now.']) one.say(piece)
    one.finish()
    const heard = await first.rest()
    expect(heard.text).toBe('Take the Please ask a doctor. now.')
    const second = await open(api, session, 'really?')
    const two = await api.door.nextRequest()
    const prompt = api.door.requests.at(-1) ?? ''
    expect(prompt).toContain('Take the Please ask a doctor. now.')
    expect(prompt).not.toContain('forbidden')
    two.finish()
    await second.rest()
    expect((await turnsOf(session))[1]).toMatchObject({ text: 'Take the Please ask a doctor. now.' })
  })

  test.each([
    'f0rb1dden d0se',
    'FORBIDDEN DOSE',
    'f.o.r.b.i.d.d.e.n d.o.s.e',
    'for\u200Bbidden d\u043ese',
    'forbidden\n\ndose',
  ])('the disguise "%s" is seen through', async (disguise) => {
    const session = await talkTo([zone()])
    const heard = await say(api, session, `say The ${disguise} is high.`)
    expect(heard.text).toContain('Please ask a doctor.')
    expect(heard.text).not.toContain(disguise)
  })

  test('without the zone the same words are said', async () => {
    const session = await talkTo([])
    expect((await say(api, session, 'say The forbidden dose is high.')).text).toBe('The forbidden dose is high.')
  })

  test('a first message that violates a zone is not said either', async () => {
    const session = await talkTo([zone()], { persona: { prompt: 'p', first_message: 'The forbidden dose!' } })
    expect((await say(api, session, { start: true })).text).toBe('The Please ask a doctor.')
  })

  test('the decision holds what was withheld, reading it needs its own scope and leaves a trace', async () => {
    const session = await talkTo([zone()])
    await say(api, session, 'say The forbidden dose is high.')
    const path = `/v1/sessions/${session.id}/decisions`
    const refusal = await api.a.call('GET', path, {
      credential: await api.a.makeKey(['workspace:write', 'transcripts:read']),
    })
    expect([refusal.status, refusal.code()]).toEqual([403, 'api_key.scope_missing'])
    const before = await api.ask("select 1 from tenant.audit_events where action = 'decision.opened'")
    const [decision] = await decisionsOf(session)
    expect(decision).toMatchObject({
      stage: 'output',
      action: 'replace',
      mode: 'enforce',
      blocked_text: forbidden,
      characters_heard: 0,
    })
    const session1 = sessionSchema.parse((await api.a.call('GET', `/v1/sessions/${session.id}`)).body)
    expect(decision?.policy_sha256).toBe(session1.policy_sha256)
    expect(decision?.decision).toMatchObject({ policy: { sha256: session1.policy_sha256, version: 1 } })
    const after = await api.ask("select 1 from tenant.audit_events where action = 'decision.opened'")
    expect(after).toHaveLength(before.length + 1)
  })

  test('what was blocked lies in no column of any table as it is, nor in the log', async () => {
    const words = 'gravelwort tincture'
    const zones = [
      zone({ phrases: [words], stages: ['input', 'tool_call'] }),
      zone({ name: 'other', phrases: ['brackenfoil'] }),
    ]
    const agent = await publishedAgent(api.a, providerDocument({ policy: { no_go_zones: zones } }))
    // The policy itself names the phrases; everything else must not.
    expect((await tablesThatHold(api, words)).toSorted()).toEqual(['agent_versions', 'agents'])
    // Kept when a session begins, so that its decisions can be taken again.
    const itself = ['agent_versions', 'agents', 'policy_texts']
    const session = await createdSession(api.a, agent, { user_id: 'blocked-everywhere' })
    const answer = await open(api, session, 'hello')
    const first = await api.door.nextRequest()
    first.say(`Use ${words} twice, and brackenfoil once.`)
    first.wishTool('book_slot', `{"weekday":"Monday","time":"9:00","doctor":"${words}"}`)
    first.finish()
    const second = await api.door.nextRequest()
    second.say(`And ${words} again.`)
    second.finish()
    const heard = await answer.rest()
    expect(heard.raw).not.toMatch(/gravelwort|tincture|brackenfoil/)
    await say(api, session, `I like ${words}`)
    await api.a.call('POST', `/v1/sessions/${session.id}/end`)
    expect((await decisionsOf(session)).length).toBeGreaterThanOrEqual(4)
    for (const piece of [words, 'gravelwort', 'tincture', 'brackenfoil']) {
      expect((await tablesThatHold(api, piece)).toSorted()).toEqual(itself)
      expect(api.logged.join('')).not.toContain(piece)
    }
    for (const { text } of await told(session)) expect(text).not.toMatch(/gravelwort|tincture|brackenfoil/)
  })

  test('what was said lies in no column as it is either', async () => {
    const session = await talkTo([])
    await say(api, session, 'say marzipan umbrella')
    expect(await tablesThatHold(api, 'marzipan')).toEqual([])
  })

  test('events of the outbox hold ids, enums and numbers', async () => {
    const session = await talkTo([zone()])
    await say(api, session, 'say The forbidden dose.')
    await api.a.call('POST', `/v1/sessions/${session.id}/end`)
    const events = await told(session)
    expect(events.map(({ type }) => type)).toEqual(['session.started', 'guard.triggered', 'session.completed'])
    for (const { type, text } of events) {
      const event = z
        .object({ data: z.record(z.string(), z.unknown()) })
        .loose()
        .parse(JSON.parse(text))
      expect(event).toMatchObject({ id: expect.stringMatching(/^evt_/), type, data: { session_id: session.id } })
      for (const value of Object.values(event.data))
        expect(String(value)).toMatch(/^(?:[a-z]{3}_[0-9a-z]{26}|[a-z_+]+|\d+)$/)
    }
  })
})
