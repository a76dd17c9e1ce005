/** Attacks on the hand-over to a person: who may take it, whose words are whose, and where words end up. */
import { randomUUID } from 'node:crypto'
import { escalationSchema, pageSchema, talkSchema, type Uuid, voiceCloseCodes } from '@hyponema/contract'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { escalationJobs } from '../../packages/server/src/features/escalations/public.ts'
import { createContentKeys } from '../../packages/server/src/guards/content-keys.ts'
import { keyringKeyService } from '../../packages/server/src/platform/crypto/keyring-key-service.ts'
import { scriptedDocument } from '../api/agent-documents.ts'
import { type Api, newId, openApi } from '../api/api-harness.ts'
import { LiveDesk, liveTicket, openLiveServer } from '../api/live-desk.ts'
import { bareId, createdSession, type MadeAgent, type MadeSession, publishedAgent } from '../api/made-things.ts'
import { openEvents, say } from '../api/talk.ts'

const rule = { name: 'person', triggers: { explicit_wish: true }, queue: 'desk', priority: 7, say: 'I call somebody.' }

describe('a talk that a person takes over', () => {
  let api: Api
  let live: Awaited<ReturnType<typeof openLiveServer>>
  let agent: MadeAgent
  let session: MadeSession
  let operator: string
  let other: string
  beforeAll(async () => {
    api = await openApi({ operatorLimits: { settleMs: 5 } })
    live = await openLiveServer(api)
    agent = await publishedAgent(api.a, scriptedDocument({ policy: { escalation_rules: [rule] } }))
    operator = await api.a.makeOperatorToken('reviewer')
    other = await (await api.a.makeMember('builder')).token()
  })
  beforeEach(async () => {
    session = await createdSession(api.a, agent)
  })
  afterAll(async () => {
    await live.close()
    await api.close()
  })

  const act = (id: string, verb: string, credential = operator, body: object = {}) =>
    api.a.call('POST', `/v1/escalations/${id}/${verb}`, { credential, body })
  const deliverSignals = async () => {
    const rows = await api.ask<{ id: Uuid }>(
      "select id from tenant.signals where ref = $1 and kind = 'escalation' order by id",
      [session.uuid],
    )
    // At once, as notifications come.
    await Promise.all(rows.map(({ id }) => api.host.onSignal({ workspaceId: api.a.id, signalId: id })))
  }
  const called = async () => {
    await say(api, session, 'Can I talk to a human, please?')
    const rows = pageSchema(escalationSchema).parse((await api.a.call('GET', '/v1/escalations?limit=200')).body).data
    const found = rows.find(({ session_id }) => session_id === session.id)
    if (found === undefined) throw new Error('nobody was called')
    return found.id
  }
  const claimed = async () => {
    const id = await called()
    expect((await act(id, 'claim')).status).toBe(200)
    await deliverSignals()
    return id
  }
  const talkOf = async (id: string) =>
    talkSchema.parse((await api.a.call('GET', `/v1/escalations/${id}/messages`, { credential: operator })).body).data
  const sockets: LiveDesk[] = []
  const desk = async (credential = operator) => {
    const opened = new LiveDesk(live.port, { ticket: await liveTicket(api, credential) })
    sockets.push(opened)
    await opened.until(() => opened.last('queue'))
    return opened
  }
  afterAll(() => {
    for (const { socket } of sockets) socket.terminate()
  })

  test('is taken by one of twenty that come at once', async () => {
    const id = await called()
    const members = await Promise.all(
      Array.from({ length: 4 }, async () => (await api.a.makeMember('reviewer')).token()),
    )
    const comers = [operator, other, ...members]
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) => act(id, 'claim', comers[at % comers.length])),
    )
    const won = new Set(answers.flatMap(({ status }, at) => (status === 200 ? [comers[at % comers.length]] : [])))
    expect(won.size).toBe(1)
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 409]))
  })

  test('gets the words of its operator in the order in which they were sent, however fast', async () => {
    const id = await claimed()
    const page = await desk()
    const words = Array.from({ length: 15 }, (_, at) => `Sentence ${at}.`)
    for (const text of words) page.send({ type: 'say', id: randomUUID(), escalation_id: id, text })
    await page.until(() => page.frames.filter(({ type }) => type === 'said').length === words.length)
    const said = (await talkOf(id)).filter(({ role }) => role === 'operator').map(({ text }) => text)
    expect(said).toEqual(words)
  })

  test('takes no words of who has not taken it, of who gave it back, nor after its end', async () => {
    const id = await claimed()
    const [own, foreign] = [await desk(), await desk(other)]
    const send = async (page: LiveDesk) => {
      const frame = { type: 'say', id: randomUUID(), escalation_id: id, text: 'A secret of another.' }
      page.send(frame)
      return page.until(() =>
        page.frames.find((one) => (one.type === 'refused' || one.type === 'said') && one.id === frame.id),
      )
    }
    expect(await send(foreign)).toMatchObject({ type: 'refused', code: 'escalation.claimed' })
    expect((await act(id, 'release')).status).toBe(200)
    expect(await send(own)).toMatchObject({ type: 'refused', code: 'escalation.not_claimed' })
    expect((await act(id, 'resolve', operator, { outcome: 'dismissed' })).status).toBe(200)
    expect(await send(own)).toMatchObject({ type: 'refused', code: 'escalation.resolved' })
    const rows = await api.ask('select 1 from tenant.escalation_messages where escalation_id = $1', [
      bareId('escalation', id),
    ])
    expect(rows).toEqual([])
  })

  test.each([
    '{"type":"say","id":"x","escalation_id":"esc_1","text":"x","__proto__":{"isAdmin":true}}',
    '{"type":"say","__proto__":{"id":"x","escalation_id":"esc_1","text":"x"}}',
    '{"type":"constructor"}',
    '{"type":"watch"}',
    '{"type":"say","id":"","escalation_id":"","text":""}',
    '[{"type":"watch","escalation_id":null}]',
    '['.repeat(8000),
    '"watch"',
    'null',
  ])('is not reached by the frame %s, which closes the socket and nothing else', async (frame) => {
    const page = await desk(await (await api.a.makeMember('reviewer')).token())
    page.send(frame)
    const { code } = await page.end()
    expect(code).toBe(voiceCloseCodes.malformed)
    expect([Object.hasOwn(Object.prototype, 'isAdmin'), page.frames.map(({ type }) => type)]).toEqual([
      false,
      ['queue'],
    ])
  })

  test('is not opened, taken or answered with the token of its own session', async () => {
    const id = await claimed()
    const { token: credential } = session
    for (const [method, path] of [
      ['GET', '/v1/escalations'],
      ['GET', `/v1/escalations/${id}/messages`],
      ['POST', `/v1/escalations/${id}/messages`],
      ['POST', `/v1/escalations/${id}/claim`],
      ['POST', `/v1/escalations/${id}/return`],
      ['POST', '/v1/escalations/live-tickets'],
    ] as const) {
      const answer = await api.a.call(method, path, {
        credential,
        ...(method === 'POST' ? { body: { text: 'x' } } : {}),
      })
      expect([path, answer.status]).toEqual([path, 401])
    }
  })

  test('leaves no word of the operator or of the person in any table or event in the clear', async () => {
    const id = await claimed()
    await say(api, session, 'say zebrafinch')
    await act(id, 'messages', operator, { text: 'Our wombatword is ready.' })
    await deliverSignals()
    await act(id, 'return')
    const tables = await api.ask<{ name: string }>(
      "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('tenant', 'public', 'app', 'graphile_worker')",
    )
    for (const { name } of tables) {
      const rows = await api.ask(`select 1 from ${name} as row where row::text ~ 'wombatword|zebrafinch' limit 1`)
      expect([name, rows.length]).toEqual([name, 0])
    }
  })

  test('is kept by a word that comes as its time runs out, or the word is refused: never both, never neither', async () => {
    const epochKeys = keyringKeyService(api.installation.keyring, 'epoch')
    const jobs = escalationJobs({ contentKeys: createContentKeys({ epochKeys, newId }), clock: api.clock, newId })
    for (let round = 0; round < 8; round += 1) {
      session = await createdSession(api.a, agent)
      const id = await claimed()
      const uuid = bareId('escalation', id)
      await api.ask(
        "update tenant.escalations set claimed_at = now() - interval '121 seconds', attended_at = now() - interval '121 seconds' where id = $1",
        [uuid],
      )
      const [sent] = await Promise.all([
        act(id, 'messages', operator, { text: 'Still here.' }),
        api.installation.database.workerWithWorkspace(api.a.scope, (tx) => jobs.giveUpWaiting(tx, uuid)),
      ])
      const row = escalationSchema.parse((await api.a.call('GET', `/v1/escalations/${id}`)).body)
      expect([sent.status, row.state]).toEqual(sent.status === 201 ? [201, 'claimed'] : [409, 'open'])
    }
  })

  test('is answered once where an operator writes and gives back while signals come twice and out of order', async () => {
    const stream = await openEvents(api, session)
    const id = await claimed()
    await act(id, 'messages', operator, { text: 'Only once.' })
    await act(id, 'return')
    await Promise.all([deliverSignals(), deliverSignals(), deliverSignals()])
    expect((await stream.until('turn_end')).text).toBe('Only once.')
    await vi.waitFor(
      async () => {
        const rows = await api.ask<{ turn_id: string | null }>(
          'select turn_id from tenant.escalation_messages where escalation_id = $1',
          [bareId('escalation', id)],
        )
        expect(rows.map(({ turn_id: turn }) => turn !== null)).toEqual([true])
      },
      { timeout: 10_000 },
    )
    expect((await say(api, session, 'say on we go')).text).toBe('on we go')
    const turns = await api.ask('select 1 from tenant.turns where session_id = $1', [session.uuid])
    expect(turns).toHaveLength(5)
    await stream.leave()
  })
})
