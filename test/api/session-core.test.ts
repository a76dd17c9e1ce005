/** The session core against clients and models that behave badly. */
import { pageSchema, sessionSchema, turnSchema, type Uuid } from '@hyponema/contract'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { providerDocument, zone } from './agent-documents.ts'
import { type Api, openApi } from './api-harness.ts'
import { createdSession, type MadeAgent, type MadeSession, publishedAgent } from './made-things.ts'
import { open, refused, say, send } from './talk.ts'

describe('the session core', () => {
  let api: Api
  let agent: MadeAgent
  beforeAll(async () => {
    api = await openApi()
    agent = await publishedAgent(api.a, providerDocument())
  })
  afterAll(() => api.close())
  afterEach(() => {
    vi.restoreAllMocks()
  })

  const turnsOf = async (session: MadeSession) =>
    pageSchema(turnSchema).parse((await api.a.call('GET', `/v1/sessions/${session.id}/turns`)).body).data
  const read = async (session: MadeSession) =>
    sessionSchema.parse((await api.a.call('GET', `/v1/sessions/${session.id}`)).body)
  const end = async (session: MadeSession) => {
    await api.a.call('POST', `/v1/sessions/${session.id}/end`)
    const [signal] = await api.ask<{ id: Uuid }>('select id from tenant.signals where ref = $1', [session.uuid])
    if (signal === undefined) throw new Error('no signal was written')
    await api.host.onSignal({ workspaceId: api.a.id, signalId: signal.id })
  }
  const usageOf = async (session: MadeSession) =>
    (
      await api.ask<{ heard: number; said: number }>(
        'select input_tokens as heard, output_tokens as said from tenant.sessions where id = $1',
        [session.uuid],
      )
    )[0]

  test('of twenty messages at once one is answered, and the next is too', async () => {
    const session = await createdSession(api.a, agent)
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => send(api, session, `message ${index}`)))
    const won = answers.filter(({ status }) => status === 200)
    expect(won).toHaveLength(1)
    for (const lost of answers.filter(({ status }) => status !== 200))
      expect(await refused(lost)).toEqual({ status: 409, code: 'session.turn_in_progress' })
    ;(await api.door.nextRequest()).finish()
    await won[0]?.text()
    const next = await open(api, session, 'once more')
    const model = await api.door.nextRequest()
    model.say('Gladly.')
    model.finish()
    expect((await next.rest()).last).toMatchObject({ event: 'turn_end', data: { status: 'complete' } })
    expect(await turnsOf(session)).toHaveLength(4)
  })

  test('ended while its client reads nothing, it ends at once and nothing was heard', async () => {
    const session = await createdSession(api.a, agent)
    const answer = await open(api, session, 'hello')
    const model = await api.door.nextRequest()
    for (let piece = 0; piece < 1000; piece += 1) model.say(`piece ${piece}. `)
    model.finish()
    await end(session)
    await vi.waitFor(async () => expect(await turnsOf(session)).toMatchObject([{}, { status: 'cut', text: '' }]), {
      timeout: 10_000,
    })
    const rest = await answer.rest()
    expect(rest.names.filter((name) => name === 'token')).toEqual([])
    expect(rest.last).toMatchObject({ event: 'turn_end', data: { status: 'cut', session_status: 'completed' } })
  })

  test('what a client read before the end is what is stored, back to a word', async () => {
    const session = await createdSession(api.a, agent)
    const answer = await open(api, session, 'hello')
    const model = await api.door.nextRequest()
    model.say('This much was heard. ')
    const heard = await answer.until('token')
    for (let piece = 0; piece < 50; piece += 1) model.say('And this was not. ')
    model.finish()
    await end(session)
    await answer.rest()
    await vi.waitFor(async () => expect(await turnsOf(session)).toHaveLength(2), { timeout: 10_000 })
    const stored = (await turnsOf(session))[1]
    expect(stored?.status).toBe('cut')
    expect(heard.text.startsWith(stored?.text ?? '?')).toBe(true)
    expect(stored?.text).toMatch(/^(?:This|$)/)
  })

  test('a reply without end is bounded, told as cut, and stored back to a word', async () => {
    const session = await createdSession(api.a, agent)
    const answer = await open(api, session, 'hello')
    const model = await api.door.nextRequest()
    for (let piece = 0; piece < 100; piece += 1) model.say('All work and no play. '.repeat(50))
    const heard = await answer.rest()
    expect(heard.text.length).toBeGreaterThan(4000)
    expect(heard.text.length).toBeLessThan(20_000)
    expect(heard.last).toMatchObject({ event: 'turn_end', data: { status: 'cut', session_status: 'in_progress' } })
    const stored = (await turnsOf(session))[1]
    expect(stored?.status).toBe('cut')
    expect(heard.text.startsWith(stored?.text ?? '?')).toBe(true)
    expect(heard.text.length - (stored?.text.length ?? 0)).toBeLessThan(10)
    expect(stored?.text).toMatch(/ (?:All|work|and|no|play\.)? ?$/)
  })

  test('a model that says nothing ends in an error, and its empty turn is not in the next prompt', async () => {
    const session = await createdSession(api.a, agent)
    const answer = await open(api, session, 'hello')
    ;(await api.door.nextRequest()).finish()
    const heard = await answer.rest()
    expect(heard.names).toEqual(['turn_start', 'error'])
    expect(heard.last).toMatchObject({ data: { code: 'provider.unavailable', retryable: true } })
    const next = await open(api, session, 'hello?')
    ;(await api.door.nextRequest()).finish()
    await next.rest()
    expect(api.door.requests.at(-1)).not.toContain('"role":"assistant"')
    expect(await turnsOf(session)).toMatchObject([{}, { status: 'cut', text: '' }, {}, { status: 'cut' }])
  })

  test('a model that asks for tools without end is stopped, and the session goes on', async () => {
    const few = await publishedAgent(api.a, providerDocument({ limits: { max_tool_calls: 3 } }))
    const session = await createdSession(api.a, few)
    const answer = await open(api, session, 'book')
    for (let round = 0; round < 6; round += 1) {
      const model = await api.door.nextRequest()
      // One that exists and has effects would be asked about from the second round on.
      model.wishTool('find_slot', `{"time":"${9 + round}:00"}`)
      model.finish()
    }
    const heard = await answer.rest()
    expect([heard.text, heard.last]).toMatchObject([
      'I am sorry, that did not work just now.',
      { data: { status: 'complete' } },
    ])
    expect((await turnsOf(session))[1]?.tool_calls).toHaveLength(3)
    const next = await open(api, session, 'hello?')
    const model = await api.door.nextRequest()
    model.say('Here I am.')
    model.finish()
    expect((await next.rest()).text).toBe('Here I am.')
  })

  test('tokens of an answer that a rule stopped and of one whose client left are counted', async () => {
    const guarded = await publishedAgent(
      api.a,
      providerDocument({ policy: { no_go_zones: [zone({ action: 'block' })] } }),
    )
    const stopped = await createdSession(api.a, guarded)
    const answer = await open(api, stopped, 'hello')
    const model = await api.door.nextRequest()
    model.say('Take the forbidden dose, and then some more words. ')
    expect((await answer.rest()).last).toMatchObject({ event: 'turn_end', data: { status: 'blocked' } })
    expect((await usageOf(stopped))?.heard).toBeGreaterThan(0)
    expect((await usageOf(stopped))?.said).toBeGreaterThan(0)
    const left = await createdSession(api.a, agent)
    const other = await open(api, left, 'hello')
    ;(await api.door.nextRequest()).say('A few words for nobody. ')
    await other.until('token')
    await other.leave()
    await vi.waitFor(async () => expect(await turnsOf(left)).toHaveLength(2), { timeout: 10_000 })
    expect((await usageOf(left))?.said).toBeGreaterThan(0)
  })

  test('a hundred sessions that are opened and dropped leave their turns, and nothing runs on', async () => {
    const talkative = await publishedAgent(api.a)
    // A server renews its leases; on a slow machine those of the tests before would run out in the middle of this one.
    const renewing = setInterval(() => void api.host.renewLeases(), 2_000)
    onTestFinished(() => clearInterval(renewing))
    await api.host.renewLeases()
    const before = api.host.liveCount
    // Ten people, because each has a budget of messages.
    const sessions = await Promise.all(
      Array.from({ length: 100 }, (_, index) => createdSession(api.a, talkative, { user_id: `person-${index % 10}` })),
    )
    await Promise.all(
      sessions.map(async (session, index) => {
        const answer = await open(api, session, `say ${'words and words '.repeat(20)}`)
        if (index % 2 === 1) await answer.until('token')
        await answer.leave()
      }),
    )
    const cutTurns = (): Promise<readonly unknown[]> =>
      api.ask("select 1 from tenant.turns where session_id = any($1) and role = 'agent' and status = 'cut'", [
        sessions.map(({ uuid }) => uuid),
      ])
    await vi.waitFor(async () => expect(await cutTurns()).toHaveLength(100), { timeout: 30_000 })
    expect(api.host.liveCount).toBe(before + 100)
    const [first] = sessions
    if (first === undefined) throw new Error('there are a hundred')
    expect((await say(api, first, 'say still here')).text).toBe('still here')
    await Promise.all(sessions.map(end))
    await vi.waitFor(() => expect(api.host.liveCount).toBe(before), { timeout: 10_000 })
    expect((await read(first)).status).toBe('completed')
  })

  test('a database that hangs at the renewal keeps nobody speaking past the lease', async () => {
    const session = await createdSession(api.a, agent)
    const answer = await open(api, session, 'hello')
    const model = await api.door.nextRequest()
    model.say('This is said in time. ')
    await answer.until('token')
    const locked = Promise.withResolvers<void>()
    const freed = Promise.withResolvers<void>()
    const holding = api.installation.database.withWorkspace(api.a.scope, async (tx) => {
      await tx.leaseRenew([session.uuid], api.bootId, 12_000)
      locked.resolve()
      await freed.promise
    })
    await locked.promise
    const renewing = api.host.renewLeases()
    api.pass(11_000)
    model.say('This is said too late. ')
    model.finish()
    const rest = await answer.rest()
    freed.resolve()
    await Promise.all([holding, renewing])
    expect(rest.text).not.toContain('too late')
    expect(rest.last).toMatchObject({ event: 'turn_end', data: { status: 'cut' } })
  })
})
