import { credentialSchema, pageSchema, sessionSchema, turnSchema } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { providerDocument, scriptedDocument } from './agent-documents.ts'
import { type Api, openApi, publicOrigin } from './api-harness.ts'
import { createdSession, type MadeAgent, type MadeSession, publishedAgent } from './made-things.ts'
import { open, refused, say, send } from './talk.ts'

describe('messages', () => {
  let api: Api
  let scripted: MadeAgent
  let provider: MadeAgent
  beforeAll(async () => {
    api = await openApi()
    scripted = await publishedAgent(api.a)
    provider = await publishedAgent(api.a, providerDocument())
  })
  afterAll(() => api.close())

  const turnsOf = async (session: MadeSession) =>
    pageSchema(turnSchema).parse((await api.a.call('GET', `/v1/sessions/${session.id}/turns`)).body).data
  const read = async (session: MadeSession) =>
    sessionSchema.parse((await api.a.call('GET', `/v1/sessions/${session.id}`)).body)

  test('a turn begins, speaks and ends, and its rows are there when turn_end comes', async () => {
    const session = await createdSession(api.a, scripted)
    const heard = await say(api, session, 'say Good morning to you.')
    expect(heard.names[0]).toBe('turn_start')
    expect(new Set(heard.names.slice(1, -1))).toEqual(new Set(['token']))
    expect(heard.last).toMatchObject({ event: 'turn_end', data: { status: 'complete', session_status: 'in_progress' } })
    expect(heard.text).toBe('Good morning to you.')
    expect(await turnsOf(session)).toMatchObject([
      { sequence: 0, role: 'user', status: 'complete', text: 'say Good morning to you.' },
      { sequence: 1, role: 'agent', status: 'complete', text: 'Good morning to you.' },
    ])
    expect(await read(session)).toMatchObject({ status: 'in_progress', turn_count: 2 })
  })

  test('the agent opens the conversation once, and only before any message', async () => {
    const session = await createdSession(api.a, scripted)
    expect((await say(api, session, { start: true })).text).toBe('Hello, I am the AI of this test.')
    expect(await refused(await send(api, session, { start: true }))).toEqual({ status: 409, code: 'request.conflict' })
    const late = await createdSession(api.a, scripted)
    await say(api, late, 'hi')
    expect(await refused(await send(api, late, { start: true }))).toEqual({ status: 409, code: 'request.conflict' })
    expect(await turnsOf(session)).toMatchObject([
      { sequence: 0, role: 'agent', text: 'Hello, I am the AI of this test.' },
    ])
  })

  test('the first message says the values of its variables, and leaves a name without a value as it is', async () => {
    const agent = await publishedAgent(
      api.a,
      scriptedDocument({
        persona: { prompt: 'p', first_message: 'Hi {{name}}, this is {{place}}.' },
        dynamic_variables: [{ name: 'name' }, { name: 'place' }],
      }),
    )
    const session = await createdSession(api.a, agent, { dynamic_variables: { name: 'Ada' } })
    expect((await say(api, session, { start: true })).text).toBe('Hi Ada, this is {{place}}.')
  })

  test('an agent without a first message does not open', async () => {
    const silent = await publishedAgent(api.a, scriptedDocument({ persona: { prompt: 'p' } }))
    const session = await createdSession(api.a, silent)
    expect((await refused(await send(api, session, { start: true }))).status).toBe(409)
    expect((await say(api, session, 'hi')).text).toBe('I heard you.')
  })

  test('a tool is told by name and call id, and its arguments and results to nobody', async () => {
    const session = await createdSession(api.a, scripted)
    const heard = await say(api, session, 'book Tuesday 9:30')
    expect(heard.text).toBe('One moment. Booked.')
    const tools = heard.events.filter(({ event }) => event === 'tool_call' || event === 'tool_result')
    expect(tools).toMatchObject([
      { event: 'tool_call', data: { call_id: 'call_1', name: 'book_slot' } },
      { event: 'tool_result', data: { call_id: 'call_1', name: 'book_slot', status: 'ok' } },
    ])
    expect(heard.raw).not.toContain('9:30')
    expect((await turnsOf(session))[1]?.tool_calls).toEqual([{ call_id: 'call_1', name: 'book_slot', status: 'ok' }])
    const asked = await say(api, session, 'book Tuesday 9:30')
    expect(asked.text).toMatch(/^One moment\. Just to be sure, shall I do this: book slot, .* Please say yes or no\.$/)
    expect(asked.events.filter(({ event }) => event === 'tool_call' || event === 'guard')).toEqual([])
    expect((await say(api, session, 'yes')).text).toBe('Not booked.')
  })

  test.each([
    [{}, ''],
    [{ text: '' }, '/text'],
    [{ text: 'x'.repeat(8001) }, '/text'],
    [{ text: 1 }, '/text'],
    [{ start: false }, '/start'],
  ])('refuses the message %j', async (message, _pointer) => {
    const session = await createdSession(api.a, scripted)
    const answer = await api.a.call('POST', `/v1/sessions/${session.id}/messages`, {
      body: message,
      credential: session.token,
    })
    expect([answer.status, answer.code()]).toEqual([422, 'request.invalid'])
    expect((await read(session)).status).toBe('pending')
  })

  test('8000 characters are heard', async () => {
    const session = await createdSession(api.a, scripted)
    expect((await say(api, session, 'x'.repeat(8000))).text).toBe('I heard you.')
  })

  test('while the agent answers, another message is refused and told to wait', async () => {
    const session = await createdSession(api.a, provider)
    const answer = await open(api, session, 'hello')
    const model = await api.door.nextRequest()
    model.say('Well ')
    await answer.until('token')
    const other = await send(api, session, 'hello?')
    expect(other.headers.get('retry-after')).toBe('1')
    expect(await refused(other)).toEqual({ status: 409, code: 'session.turn_in_progress' })
    model.finish()
    expect((await answer.rest()).last).toMatchObject({ event: 'turn_end', data: { status: 'complete' } })
  })

  test('two first messages at once make one turn', async () => {
    const session = await createdSession(api.a, provider)
    const answers = await Promise.all([send(api, session, 'one'), send(api, session, 'two')])
    expect(answers.map(({ status }) => status).sort(ascending)).toEqual([200, 409])
    ;(await api.door.nextRequest()).finish()
    await answers.find(({ status }) => status === 200)?.text()
    expect(await turnsOf(session)).toHaveLength(2)
  })

  test('a model that breaks off leaves what was said, as cut, and the answer ends with error', async () => {
    const session = await createdSession(api.a, provider)
    const answer = await open(api, session, 'hello')
    const model = await api.door.nextRequest()
    model.say('I was about to ')
    await answer.until('token')
    model.breakOff()
    const heard = await answer.rest()
    expect(heard.last).toMatchObject({ event: 'error', data: { code: 'provider.unavailable', retryable: true } })
    expect(heard.names.filter((name) => name === 'error' || name === 'turn_end')).toEqual(['error'])
    expect(heard.raw).not.toContain('hang up')
    const turns = await turnsOf(session)
    expect(turns[1]).toMatchObject({ role: 'agent', status: 'cut', text: heard.text })
    expect(turns[1]?.text).toMatch(/^I was about/)
    // The session goes on.
    const next = await open(api, session, 'again')
    const second = await api.door.nextRequest()
    second.say('Here I am.')
    second.finish()
    expect((await next.rest()).text).toBe('Here I am.')
  })

  test('a client that leaves cuts the turn, and history holds only what it has read', async () => {
    const session = await createdSession(api.a, provider)
    const answer = await open(api, session, 'tell me all')
    const model = await api.door.nextRequest()
    model.say('First part. ')
    await answer.until('token')
    for (let piece = 0; piece < 20; piece += 1) model.say(`unread piece ${piece}. `)
    await answer.leave()
    const next = await openWhenFree(session, 'go on')
    const second = await api.door.nextRequest()
    const prompt = api.door.requests.at(-1) ?? ''
    expect(prompt).toContain('First part.')
    expect(prompt).not.toContain('unread piece')
    second.finish()
    await next.rest()
    expect((await turnsOf(session))[1]).toMatchObject({ role: 'agent', status: 'cut' })
    expect((await turnsOf(session))[1]?.text).not.toContain('unread')
  })

  /** The cut turn is being committed when its client has left; a message that comes in that moment is told to wait. */
  const openWhenFree = (session: MadeSession, text: string) =>
    vi.waitFor(() => open(api, session, text), { timeout: 10_000, interval: 5 })

  test('a session that is ended while the agent speaks is cut, told and finished with its transcript', async () => {
    const session = await createdSession(api.a, provider, { user_id: 'cut-off' })
    const answer = await open(api, session, 'hello')
    const model = await api.door.nextRequest()
    model.say('Let me explain ')
    await answer.until('token')
    await api.a.call('POST', `/v1/sessions/${session.id}/end`)
    const [signal] = await api.ask<{ id: typeof session.uuid }>('select id from tenant.signals where ref = $1', [
      session.uuid,
    ])
    if (signal === undefined) throw new Error('no signal was written')
    await api.host.onSignal({ workspaceId: api.a.id, signalId: signal.id })
    expect((await answer.rest()).last).toMatchObject({
      event: 'turn_end',
      data: { status: 'cut', session_status: 'completed' },
    })
    expect(await read(session)).toMatchObject({ status: 'completed', end_reason: 'ended_by_backend', turn_count: 2 })
    const jobs = await api.ask<{ entity: string }>(
      "select payload->>'entity_id' as entity from graphile_worker._private_jobs",
    )
    expect(jobs.map(({ entity }) => entity)).toContain(session.uuid)
  })

  test('a turn that cannot be written fails the session, and no turn_end is sent', async () => {
    const session = await createdSession(api.a, provider)
    const answer = await open(api, session, 'hello')
    const model = await api.door.nextRequest()
    model.say('Something said. ')
    await answer.until('token')
    await api.ask(
      'create function app.fail_turn() returns trigger language plpgsql as $$ begin raise exception using errcode = $q$23514$q$; end $$',
    )
    await api.ask('grant execute on function app.fail_turn() to public')
    await api.ask(
      'create trigger fail_turn before insert on tenant.turns for each row execute function app.fail_turn()',
    )
    try {
      model.finish()
      const heard = await answer.rest()
      expect(heard.names).not.toContain('turn_end')
      expect(heard.last).toMatchObject({ event: 'error', data: { code: 'server.internal' } })
      await expect
        .poll(() => read(session))
        .toMatchObject({ status: 'failed', end_reason: 'commit_failed', turn_count: 0 })
    } finally {
      await api.ask('drop trigger fail_turn on tenant.turns')
    }
    expect((await refused(await send(api, session, 'hello?'))).code).toBe('session.not_live')
  })

  test('a session whose credential was deleted does not begin, and stays as it was', async () => {
    const credential = await api.a.makeOperatorToken()
    const secret = { kind: 'model', provider: 'openai', label: 'l', secret: 'sk-12345678' }
    const made = credentialSchema.parse(
      (await api.a.call('POST', '/v1/credentials', { credential, body: secret })).body,
    )
    const model = { kind: 'openai_compatible', provider: 'openai', model: 'm', credential_id: made.id } as const
    const session = await createdSession(api.a, await publishedAgent(api.a, scriptedDocument({ model })))
    await api.a.call('DELETE', `/v1/credentials/${made.id}`, { credential })
    expect(await refused(await send(api, session, 'hi'))).toEqual({ status: 409, code: 'credential.missing' })
    expect(await read(session)).toMatchObject({ status: 'pending', started_at: null })
    expect(
      await api.ask('select 1 from app.dispatch where kind = $1 and ref = $2', ['session_lease', session.uuid]),
    ).toEqual([])
  })

  test('the limit of turns ends the session with its last turn', async () => {
    const short = await publishedAgent(api.a, scriptedDocument({ limits: { max_turns: 4 } }))
    const session = await createdSession(api.a, short)
    expect((await say(api, session, 'one')).last).toMatchObject({ data: { session_status: 'in_progress' } })
    expect((await say(api, session, 'two')).last).toMatchObject({ data: { session_status: 'completed' } })
    expect(await read(session)).toMatchObject({ status: 'completed', end_reason: 'turn_limit', turn_count: 4 })
    expect((await refused(await send(api, session, 'three'))).code).toBe('session.not_live')
  })

  test('no more tools run than the agent allows', async () => {
    const few = await publishedAgent(api.a, providerDocument({ limits: { max_tool_calls: 1 } }))
    const session = await createdSession(api.a, few)
    const answer = await open(api, session, 'book everything')
    const first = await api.door.nextRequest()
    first.wishTool('book_slot', '{"weekday":"Tuesday","time":"9:00"}')
    first.finish()
    const second = await api.door.nextRequest()
    second.wishTool('book_slot', '{"weekday":"Tuesday","time":"10:00"}')
    second.finish()
    const third = await api.door.nextRequest()
    expect(api.door.requests.at(-1)).toContain('No more tools can be used in this conversation.')
    third.say('One is booked.')
    third.finish()
    const heard = await answer.rest()
    expect(heard.text).toBe('One is booked.')
    expect(heard.names.filter((name) => name === 'tool_call')).toHaveLength(1)
    expect((await turnsOf(session))[1]?.tool_calls).toHaveLength(1)
  })

  test('a tool that the agent was not given is told to nobody, not even by name', async () => {
    const session = await createdSession(api.a, provider)
    const answer = await open(api, session, 'delete it')
    const first = await api.door.nextRequest()
    first.wishTool('drop_all_tables', '{}')
    first.finish()
    const second = await api.door.nextRequest()
    expect(api.door.requests.at(-1)).toContain('There is no such tool.')
    second.say('I cannot.')
    second.finish()
    const heard = await answer.rest()
    expect(heard.raw).not.toContain('drop_all_tables')
    expect((await turnsOf(session))[1]?.tool_calls).toEqual([
      { call_id: 'call_1', name: 'unknown_tool', status: 'failed' },
    ])
  })

  test('what the session used is summed up on it', async () => {
    const session = await createdSession(api.a, scripted)
    await say(api, session, 'book Tuesday 9:30')
    await say(api, session, 'hi')
    const [row] = await api.ask<Record<string, number>>(
      'select turn_count, tool_call_count, guard_count, input_tokens > 0 as listened, output_tokens > 0 as spoke from tenant.sessions where id = $1',
      [session.uuid],
    )
    expect(row).toEqual({ turn_count: 4, tool_call_count: 1, guard_count: 0, listened: true, spoke: true })
  })

  test('a browser token speaks from a page of the agent’s list and from nowhere else', async () => {
    const listed = await publishedAgent(api.a, scriptedDocument({ allowed_origins: ['self', 'https://shop.example'] }))
    const session = await createdSession(api.a, listed, { client: 'browser' })
    const from = (origin: string | undefined) => send(api, session, 'hi', origin === undefined ? {} : { origin })
    for (const origin of [
      undefined,
      'null',
      'https://evil.example',
      'https://shop.example.evil.example',
      'https://shop.example/',
      'http://shop.example',
    ]) {
      const answer = await from(origin)
      expect([origin, answer.headers.get('access-control-allow-origin')]).toEqual([origin, null])
      expect([origin, await refused(answer)]).toEqual([origin, { status: 403, code: 'session.origin_refused' }])
    }
    expect((await read(session)).status).toBe('pending')
    for (const origin of [publicOrigin, 'https://shop.example']) {
      const answer = await from(origin)
      expect([answer.status, answer.headers.get('access-control-allow-origin'), answer.headers.get('vary')]).toEqual([
        200,
        origin,
        'Origin',
      ])
      await answer.text()
    }
    // Also once the session lives here.
    expect((await refused(await from('https://evil.example'))).code).toBe('session.origin_refused')
  })

  test('a native token is refused where an Origin comes along', async () => {
    const session = await createdSession(api.a, scripted)
    expect((await refused(await send(api, session, 'hi', { origin: publicOrigin }))).code).toBe(
      'session.origin_refused',
    )
  })

  test('an expired, an altered and no token are one answer', async () => {
    const session = await createdSession(api.a, scripted, { ttl_seconds: 60 })
    const answers = [
      { ...session, token: '' },
      { ...session, token: altered(session.token) },
      { ...session, token: api.a.key },
    ]
    for (const wrong of answers)
      expect(await refused(await send(api, wrong, 'hi'))).toEqual({ status: 401, code: 'session.token_invalid' })
    api.pass(66_000)
    expect(await refused(await send(api, session, 'hi'))).toEqual({ status: 401, code: 'session.token_invalid' })
  })

  test('a session of another process is not spoken for here', async () => {
    const session = await createdSession(api.a, scripted)
    await api.ask(
      "update tenant.sessions set status = 'in_progress', started_at = now(), owner_boot = app.uuid_v7() where id = $1",
      [session.uuid],
    )
    const answer = await send(api, session, 'hi')
    expect(answer.headers.get('retry-after')).toBe('5')
    expect(await refused(answer)).toEqual({ status: 409, code: 'session.owned_elsewhere' })
  })
})

/** One character in the middle of the signature, each bit of which counts, becomes another one. */
function altered(token: string): string {
  const place = token.length - 20
  return `${token.slice(0, place)}${token[place] === 'A' ? 'B' : 'A'}${token.slice(place + 1)}`
}

function ascending(left: number, right: number): number {
  return left - right
}
