/** What the tools of the platform do to a session, seen from outside: its end, its silence, its events. */
import { pageSchema, sessionSchema, storedDecisionSchema, turnSchema } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { providerDocument, scriptedDocument, zone } from './agent-documents.ts'
import { type Api, newId, openApi } from './api-harness.ts'
import { createdSession, type MadeSession, publishedAgent } from './made-things.ts'
import { open, refused, say, send } from './talk.ts'

const tools = ['end_call', 'skip_turn', 'language_detection', 'escalate', 'book_slot'] as const

describe('tools in a turn', () => {
  let api: Api
  beforeAll(async () => {
    api = await openApi()
  })
  afterAll(() => api.close())

  const talk = async (change: Parameters<typeof providerDocument>[0] = {}): Promise<MadeSession> =>
    createdSession(api.a, await publishedAgent(api.a, providerDocument({ tools: [...tools], ...change })), {
      user_id: newId(),
    })
  const read = async (session: MadeSession) =>
    sessionSchema.parse((await api.a.call('GET', `/v1/sessions/${session.id}`)).body)
  const turnsOf = async (session: MadeSession) =>
    pageSchema(turnSchema).parse((await api.a.call('GET', `/v1/sessions/${session.id}/turns`)).body).data

  test('the agent ends the session after its last words', async () => {
    const session = await talk()
    const answer = await open(api, session, 'bye')
    const model = await api.door.nextRequest()
    model.say('Have a good day.')
    model.wishTool('end_call', '{}')
    model.finish()
    const heard = await answer.rest()
    expect(heard.text).toBe('Have a good day.')
    expect(heard.last).toMatchObject({ data: { status: 'complete', session_status: 'completed' } })
    expect(await read(session)).toMatchObject({ status: 'completed', end_reason: 'ended_by_agent', turn_count: 2 })
    expect((await refused(await send(api, session, 'still there?'))).code).toBe('session.not_live')
  })

  test('a script ends it as well', async () => {
    const script = { rules: [{ when: ['bye'], say: ['Goodbye then.'], tool: { name: 'end_call' } }] }
    const document = scriptedDocument({ model: { kind: 'scripted', script }, tools: ['end_call'] })
    const session = await createdSession(api.a, await publishedAgent(api.a, document))
    const heard = await say(api, session, 'bye')
    expect([heard.text, heard.last]).toMatchObject(['Goodbye then.', { data: { session_status: 'completed' } }])
  })

  test('an end that a rule forbids does not happen', async () => {
    const session = await talk({ policy: { no_go_zones: [zone({ phrases: ['rude'], stages: ['tool_call'] })] } })
    const answer = await open(api, session, 'bye')
    const first = await api.door.nextRequest()
    first.wishTool('end_call', '{"why":"rude"}')
    first.finish()
    const second = await api.door.nextRequest()
    second.say('I stay.')
    second.finish()
    expect((await answer.rest()).last).toMatchObject({ data: { session_status: 'in_progress' } })
  })

  test('a skipped turn has no words, is written, and the session goes on', async () => {
    const session = await talk()
    const answer = await open(api, session, 'one moment')
    const model = await api.door.nextRequest()
    model.wishTool('skip_turn', '{}')
    model.finish()
    const heard = await answer.rest()
    expect(heard.names).toEqual(['turn_start', 'tool_call', 'tool_result', 'turn_end'])
    expect(heard.last).toMatchObject({ data: { status: 'complete', session_status: 'in_progress' } })
    expect((await turnsOf(session))[1]).toMatchObject({ status: 'complete', text: '' })
  })

  test('a wish for a person is a decision of the escalation stage, an event, and a line where the model had none', async () => {
    const session = await talk({ persona: { prompt: 'p', language: 'es' } })
    const answer = await open(api, session, 'una persona')
    const model = await api.door.nextRequest()
    model.wishTool('escalate', '{"reason":"asked for one"}')
    model.finish()
    const heard = await answer.rest()
    expect([heard.text, heard.last]).toMatchObject([
      'Voy a pasar esto a una persona.',
      { data: { status: 'complete', session_status: 'in_progress' } },
    ])
    const page = pageSchema(storedDecisionSchema)
    const decisions = page.parse((await api.a.call('GET', `/v1/sessions/${session.id}/decisions`)).body).data
    expect(decisions).toMatchObject([{ stage: 'escalation', action: 'escalate', rule_ids: [] }])
    const types = await api.ask<{ type: string }>(
      'select type from tenant.outbox where user_id = (select user_id from tenant.sessions where id = $1) order by id',
      [session.uuid],
    )
    expect(types.map(({ type }) => type)).toEqual(['session.started', 'escalation.triggered'])
  })

  test('another language holds for the rest of the session', async () => {
    const session = await talk({ persona: { prompt: 'p', language: 'en' } })
    const answer = await open(api, session, 'Guten Tag')
    const first = await api.door.nextRequest()
    first.wishTool('language_detection', '{"language":"de"}')
    first.finish()
    const second = await api.door.nextRequest()
    second.say('Guten Tag.')
    second.finish()
    await answer.rest()
    const next = await open(api, session, 'Danke')
    const third = await api.door.nextRequest()
    third.say('Bitte.')
    third.finish()
    await next.rest()
    const asked = api.door.requests.slice(-3).map((body) => /with the code (\w+)/.exec(body)?.[1])
    expect(asked).toEqual(['en', 'de', 'de'])
  })

  test('a booking that one answer wishes twice and says nothing about is made once and known to the next turn', async () => {
    const session = await talk()
    const answer = await open(api, session, 'book')
    const first = await api.door.nextRequest()
    first.wishTool('book_slot', '{"weekday":"Tuesday","time":"9:00"}')
    first.wishTool('book_slot', '{"time":"9:00","weekday":"Tuesday"}')
    first.finish()
    const second = await api.door.nextRequest()
    second.finish()
    await answer.rest()
    expect((await turnsOf(session))[1]?.tool_calls).toEqual([{ call_id: 'call_1', name: 'book_slot', status: 'ok' }])
    const next = await open(api, session, 'and?')
    const third = await api.door.nextRequest()
    expect(api.door.requests.at(-1)).toContain('RC-101')
    third.say('It is booked.')
    third.finish()
    await next.rest()
  })

  test('calls that worked beside one that failed stand in the turn, each with what became of it', async () => {
    const session = await talk()
    const answer = await open(api, session, 'book twice')
    const first = await api.door.nextRequest()
    first.wishTool('book_slot', '{"weekday":"Tuesday","time":"9:00"}')
    // The same visit in other words, which the tool finds taken.
    first.wishTool('book_slot', '{"weekday":"Tuesday","time":"9:00","doctor":"Dr. Marsh"}')
    first.wishTool('end_call', '{}')
    first.finish()
    const second = await api.door.nextRequest()
    expect(api.door.requests.at(-1)?.replaceAll(/\p{Co}/gu, ' ')).toContain('another tool of the same answer failed')
    second.say('One of them is taken.')
    second.finish()
    const heard = await answer.rest()
    expect(heard.last).toMatchObject({ data: { session_status: 'in_progress' } })
    expect((await turnsOf(session))[1]?.tool_calls).toEqual([
      { call_id: 'call_1', name: 'book_slot', status: 'ok' },
      { call_id: 'call_2', name: 'book_slot', status: 'failed' },
    ])
  })
})
