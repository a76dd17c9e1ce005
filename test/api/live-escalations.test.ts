/** An operator at the live socket: who gets in, what is told, what is taken, and when it ends. On a real port and database. */
import { escalationSchema, pageSchema, type Uuid, voiceCloseCodes } from '@hyponema/contract'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { scriptedDocument } from './agent-documents.ts'
import { type Api, openApi, publicOrigin } from './api-harness.ts'
import { LiveDesk, liveTicket, openLiveServer } from './live-desk.ts'
import { createdSession, type MadeAgent, type MadeSession, publishedAgent } from './made-things.ts'
import { openEvents, say } from './talk.ts'

const rule = { name: 'person', triggers: { explicit_wish: true }, queue: 'desk', priority: 7, say: 'I call somebody.' }
const hourMs = 3_600_000

describe('the live socket of operators', () => {
  let api: Api
  let live: Awaited<ReturnType<typeof openLiveServer>>
  let agent: MadeAgent
  let session: MadeSession
  let operator: string
  const desks: LiveDesk[] = []
  beforeAll(async () => {
    // Nothing but signals makes it look, so that a missing one is seen.
    api = await openApi({ operatorLimits: { lookMs: hourMs, settleMs: 5, perPrincipal: 3 } })
    live = await openLiveServer(api)
    agent = await publishedAgent(api.a, scriptedDocument({ policy: { escalation_rules: [rule] } }))
    operator = await api.a.makeOperatorToken('reviewer')
  })
  beforeEach(async () => {
    session = await createdSession(api.a, agent)
  })
  afterEach(async () => {
    for (const desk of desks.splice(0)) {
      desk.socket.terminate()
      await desk.end()
    }
  })
  afterAll(async () => {
    await live.close()
    await api.close()
  })

  const desk = (options: ConstructorParameters<typeof LiveDesk>[1]) => {
    const opened = new LiveDesk(live.port, options)
    desks.push(opened)
    return opened
  }
  const open = async (credential = operator, headers?: Readonly<Record<string, string>>) => {
    const opened = desk({ ticket: await liveTicket(api, credential), ...(headers === undefined ? {} : { headers }) })
    await opened.until(() => opened.last('queue'))
    return opened
  }
  /** As the listener of the server does with each notification. */
  const deliverSignals = async () => {
    const rows = await api.ask<{ id: Uuid; workspace_id: Uuid }>(
      "select id, workspace_id from tenant.signals where ref = $1 and kind = 'escalation' order by id",
      [session.uuid],
    )
    for (const { id, workspace_id: workspaceId } of rows) {
      await api.host.onSignal({ workspaceId, signalId: id })
      await api.operators.onSignal({ workspaceId, signalId: id })
    }
  }
  const listed = async () =>
    pageSchema(escalationSchema).parse((await api.a.call('GET', '/v1/escalations?limit=200')).body).data
  const called = async () => {
    await say(api, session, 'Can I talk to a human, please?')
    const found = (await listed()).find(({ session_id }) => session_id === session.id)
    if (found === undefined) throw new Error('nobody was called')
    return found.id
  }
  const act = (id: string, verb: string, credential = operator, body: object = {}) =>
    api.a.call('POST', `/v1/escalations/${id}/${verb}`, { credential, body })
  const claimed = async () => {
    const id = await called()
    expect((await act(id, 'claim')).status).toBe(200)
    await deliverSignals()
    return id
  }

  describe('is opened', () => {
    test('with a ticket of an operator from our own page, and tells the queue at once', async () => {
      const id = await called()
      const opened = await open()
      expect(opened.last('queue')?.data.map((row) => row.id)).toContain(id)
      expect(opened.last('queue')?.has_more).toBe(false)
      expect(opened.socket.protocol).toBe('hyponema.operator.v1')
    })

    test('once by each ticket, also of two at the same time', async () => {
      const ticket = await liveTicket(api, operator)
      const two = [desk({ ticket }), desk({ ticket })]
      const closed = await two[0]?.until(() => two.find((one) => one.closed !== undefined)?.closed)
      expect(closed).toEqual({ code: voiceCloseCodes.token, reason: 'api_key.invalid' })
      const other = two.find((one) => one.closed === undefined)
      await other?.until(() => other.last('queue'))
      expect((await desk({ ticket }).end()).code).toBe(voiceCloseCodes.token)
    })

    test('by nothing else than a ticket, in no other place, and by none that is too old', async () => {
      const ticket = await liveTicket(api, operator)
      const old = await liveTicket(api, operator)
      const refused = [
        desk({ ticket: operator }),
        desk({ ticket: api.a.key }),
        desk({ ticket: session.token }),
        desk({ ticket: `${ticket.slice(0, -2)}xx` }),
        desk({ protocols: ['hyponema.operator.v1'] }),
        desk({ protocols: ['hyponema.operator.v1'], path: `/v1/escalations/live?token=${ticket}` }),
        desk({ protocols: ['hyponema.operator.v1', `hyponema.token.${ticket}`, `hyponema.token.${ticket}x`] }),
      ]
      for (const one of refused) expect((await one.end()).code).toBe(voiceCloseCodes.token)
      api.pass(60_000)
      expect((await desk({ ticket: old }).end()).code).toBe(voiceCloseCodes.token)
    })

    test('from no page of another site, and by a key from no page at all', async () => {
      operator = await api.a.makeOperatorToken('reviewer')
      for (const headers of [{}, { origin: 'https://evil.example' }, { origin: 'null' }]) {
        const refused = await desk({ ticket: await liveTicket(api, operator), headers }).end()
        expect(refused).toEqual({ code: voiceCloseCodes.origin, reason: 'session.origin_refused' })
      }
      const ofKey = await desk({ ticket: await liveTicket(api, api.a.key), headers: { origin: publicOrigin } }).end()
      expect(ofKey.reason).toBe('api_key.used_in_browser')
      await open(api.a.key, {})
    })

    test('by nobody who may not see escalations, nor was changed since the ticket', async () => {
      const builder = await api.a.makeMember('builder')
      const ticket = await liveTicket(api, await builder.token())
      await api.ask("update tenant.memberships set role = 'auditor', version = version + 1 where id = $1", [builder.id])
      expect((await desk({ ticket }).end()).reason).toBe('member.token_stale')
      const poor = await api.a.makeKey(['workspace:read'])
      expect((await api.a.call('POST', '/v1/escalations/live-tickets', { credential: poor, body: {} })).status).toBe(
        403,
      )
    })

    test('three times by one, and not once more', async () => {
      for (let count = 0; count < 3; count += 1) await open()
      expect((await desk({ ticket: await liveTicket(api, operator) }).end()).code).toBe(voiceCloseCodes.limit)
    })

    test('by nobody while the server stops', async () => {
      const ticket = await liveTicket(api, operator)
      api.setDraining(true)
      const closed = await desk({ ticket }).end()
      api.setDraining(false)
      expect(closed).toEqual({ code: voiceCloseCodes.server_stopping, reason: 'server.draining' })
    })
  })

  describe('tells', () => {
    test('who is called and who was taken, as it happens', async () => {
      const opened = await open()
      const id = await called()
      await deliverSignals()
      const stateIs = (state: string) => () =>
        opened.last('queue')?.data.find((row) => row.id === id)?.state === state ? true : undefined
      await opened.until(stateIs('open'))
      await act(id, 'claim')
      await deliverSignals()
      await opened.until(stateIs('claimed'))
      await act(id, 'return')
      await deliverSignals()
      await opened.until(() => opened.last('queue')?.data.every((row) => row.id !== id))
    })

    test('the words of the person to the one who has taken over, and takes words for the person', async () => {
      const stream = await openEvents(api, session)
      const id = await claimed()
      const opened = await open()
      opened.send({ type: 'watch', escalation_id: id })
      await opened.until(() => opened.last('talk'))
      await say(api, session, 'say are you there')
      await deliverSignals()
      await opened.until(() => opened.last('talk')?.data.at(-1)?.text === 'say are you there')
      opened.send({ type: 'say', id: 'one', escalation_id: id, text: 'Good day, Maya speaking.' })
      opened.send({ type: 'say', id: 'one', escalation_id: id, text: 'Good day, Maya speaking.' })
      await opened.until(() => opened.frames.filter(({ type }) => type === 'said').length === 2)
      await deliverSignals()
      expect((await stream.until('turn_end')).text).toBe('Good day, Maya speaking.')
      await deliverSignals()
      const told = await opened.until(() => {
        const data = opened.last('talk')?.data ?? []
        return data.at(-1)?.role === 'operator' && data.at(-1)?.is_delivered === true ? data : undefined
      })
      expect(told.slice(-2).map(({ role, text }) => [role, text])).toEqual([
        ['user', 'say are you there'],
        ['operator', 'Good day, Maya speaking.'],
      ])
      await stream.leave()
    })

    test('nothing of a talk that is not theirs, and that it is over when it was given back', async () => {
      const id = await claimed()
      const other = await open(await (await api.a.makeMember('builder')).token())
      other.send({ type: 'watch', escalation_id: id })
      expect(await other.until(() => other.last('unwatched'))).toMatchObject({ code: 'escalation.claimed' })
      other.send({ type: 'say', id: 'x', escalation_id: id, text: 'Hello.' })
      expect(await other.until(() => other.last('refused'))).toMatchObject({ code: 'escalation.claimed' })
      expect(other.last('talk')).toBeUndefined()
      const own = await open()
      own.send({ type: 'watch', escalation_id: id })
      await own.until(() => own.last('talk'))
      await act(id, 'return')
      await deliverSignals()
      expect(await own.until(() => own.last('unwatched'))).toMatchObject({ code: 'escalation.resolved' })
    })

    test('nothing of another workspace, by whatever is asked', async () => {
      const id = await claimed()
      const answer = await api.b.call('POST', '/v1/escalations/live-tickets', { body: {} })
      const ticket = String(Object.entries(answer.body ?? {}).find(([name]) => name === 'ticket')?.[1])
      const stranger = desk({ ticket, headers: {} })
      await stranger.until(() => stranger.last('queue'))
      stranger.send({ type: 'watch', escalation_id: id })
      stranger.send({ type: 'say', id: 'x', escalation_id: id, text: 'Hello.' })
      expect(await stranger.until(() => stranger.last('unwatched'))).toMatchObject({ code: 'request.not_found' })
      expect(await stranger.until(() => stranger.last('refused'))).toMatchObject({ code: 'request.not_found' })
      await say(api, session, 'say a secret')
      await deliverSignals()
      expect(stranger.last('queue')?.data).toEqual([])
      expect(JSON.stringify(stranger.frames)).not.toContain('secret')
    })

    test('a key nothing of agents that it may not use', async () => {
      const id = await called()
      const elsewhere = await publishedAgent(api.a)
      const limited = await api.a.makeKey(['escalations:read', 'escalations:write'], { agents: [elsewhere.uuid] })
      const opened = await open(limited, {})
      expect(opened.last('queue')?.data).toEqual([])
      opened.send({ type: 'watch', escalation_id: id })
      expect(await opened.until(() => opened.last('unwatched'))).toMatchObject({ code: 'request.not_found' })
    })
  })

  test('takes no words of who may only read', async () => {
    const reader = await api.a.makeKey(['escalations:read'])
    const opened = await open(reader, {})
    opened.send({ type: 'say', id: 'x', escalation_id: await called(), text: 'Hello.' })
    expect(await opened.until(() => opened.last('refused'))).toMatchObject({ code: 'api_key.scope_missing' })
  })

  test.each([
    ['no JSON', '{'],
    ['another type', { type: 'drop' }],
    ['an unknown field', { type: 'watch', escalation_id: null, all: true }],
    ['no id', { type: 'watch', escalation_id: 'x' }],
    ['empty words', { type: 'say', id: 'x', escalation_id: 'esc_01jd3v7t6zf3m8k2x9w4c5b6n7', text: ' ' }],
    ['half a character', { type: 'say', id: 'x', escalation_id: 'esc_01jd3v7t6zf3m8k2x9w4c5b6n7', text: '\ud800' }],
    ['NUL', { type: 'say', id: 'x', escalation_id: 'esc_01jd3v7t6zf3m8k2x9w4c5b6n7', text: 'a\0b' }],
  ])('is closed by %s', async (_name, frame) => {
    const opened = await open()
    opened.send(frame)
    expect(await opened.end()).toEqual({ code: voiceCloseCodes.malformed, reason: 'request.malformed' })
  })

  test('is closed by what is too large, too much, or binary', async () => {
    const [large, much, binary] = [await open(), await open(), await open()]
    large.send('x'.repeat(20_000))
    expect((await large.end()).code).toBe(1009)
    for (let count = 0; count < 50; count += 1) much.send({ type: 'watch', escalation_id: null })
    expect((await much.end()).code).toBe(voiceCloseCodes.limit)
    binary.socket.send(Buffer.from('{}'))
    expect((await binary.end()).code).toBe(voiceCloseCodes.text_frame)
  })
})

describe('a live socket that is open', () => {
  let api: Api
  let live: Awaited<ReturnType<typeof openLiveServer>>
  beforeAll(async () => {
    api = await openApi({ operatorLimits: { lookMs: 50, settleMs: 5, pingMs: 100, openMs: 4000 } })
    live = await openLiveServer(api)
  })
  afterAll(async () => {
    await live.close()
    await api.close()
  })

  test('ends with the key that opened it', async () => {
    const key = await api.a.makeKey(['escalations:read'])
    const opened = new LiveDesk(live.port, { ticket: await liveTicket(api, key), headers: {} })
    await opened.until(() => opened.last('queue'))
    await api.ask(
      "update tenant.api_keys set revoked_at = now() where workspace_id = $1 and scopes = '{escalations:read}'",
      [api.a.id],
    )
    expect(await opened.end()).toEqual({ code: voiceCloseCodes.token, reason: 'api_key.invalid' })
  })

  test('ends with the membership of its operator', async () => {
    const member = await api.a.makeMember('reviewer')
    const opened = new LiveDesk(live.port, { ticket: await liveTicket(api, await member.token()) })
    await opened.until(() => opened.last('queue'))
    await api.a.call('DELETE', `/v1/members/${member.operator}`, { credential: await api.a.makeOperatorToken('owner') })
    expect(await opened.end()).toEqual({ code: voiceCloseCodes.token, reason: 'member.token_stale' })
  })

  test('is let go when it answers no ping, and is to be opened again after its time', async () => {
    const silent = new LiveDesk(live.port, { ticket: await liveTicket(api, api.a.key), headers: {}, autoPong: false })
    expect((await silent.end()).code).toBe(1006)
    const long = new LiveDesk(live.port, { ticket: await liveTicket(api, api.a.key), headers: {} })
    expect(await long.end()).toEqual({ code: voiceCloseCodes.idle_or_duration, reason: 'request.timeout' })
    expect(long.frames.map(({ type }) => type)).toEqual(['queue'])
    expect(api.operators.openCount).toBe(0)
  })
})
