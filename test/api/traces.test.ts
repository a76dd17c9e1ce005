/** Every turn leaves a trace: what ran, under what, for how long, and none of the words. */
import { createHash } from 'node:crypto'
import { pageSchema, type TraceSpan, turnSchema, turnTraceSchema } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { providerDocument, scriptedDocument, zone } from './agent-documents.ts'
import { type Api, newId, openApi } from './api-harness.ts'
import { auditedActions } from './audited-actions.ts'
import { createdSession, type MadeSession, publishedAgent } from './made-things.ts'
import { tablesThatHold } from './tables-that-hold.ts'
import { open, say } from './talk.ts'

describe('traces', () => {
  let api: Api
  beforeAll(async () => {
    api = await openApi()
  })
  afterAll(() => api.close())

  const talkTo = async (change: Parameters<typeof scriptedDocument>[0] = {}): Promise<MadeSession> =>
    createdSession(api.a, await publishedAgent(api.a, scriptedDocument(change)), { user_id: newId() })
  const tracesOf = async (session: MadeSession, query = '') => {
    const answer = await api.a.call('GET', `/v1/sessions/${session.id}/traces${query}`)
    if (answer.status !== 200) throw new Error(answer.text)
    return pageSchema(turnTraceSchema).parse(answer.body)
  }
  const spansOf = async (session: MadeSession): Promise<readonly TraceSpan[]> =>
    (await tracesOf(session)).data.flatMap(({ spans }) => spans)

  test('a turn is a tree whose root is the turn, and an allow stands in it', async () => {
    const session = await talkTo()
    await say(api, session, 'say Hello.')
    const [root, ...others] = await spansOf(session)
    expect(root).toMatchObject({
      kind: 'turn',
      span_id: 0,
      parent_span_id: null,
      status: 'ok',
      detail: { role: 'agent', spoken_characters: 6 },
    })
    expect(others).toContainEqual(
      expect.objectContaining({
        kind: 'policy',
        parent_span_id: 0,
        status: 'ok',
        detail: expect.objectContaining({ stage: 'input', action: 'allow', decision_id: null }),
      }),
    )
  })

  test('what a rule stopped is refused in the trace, with the id of its decision', async () => {
    const session = await talkTo({ policy: { no_go_zones: [zone({ stages: ['input'] })] } })
    await say(api, session, 'say the forbidden dose')
    const spans = await spansOf(session)
    expect(spans[0]).toMatchObject({ kind: 'turn', status: 'refused' })
    expect(spans).toContainEqual(
      expect.objectContaining({
        kind: 'policy',
        status: 'refused',
        detail: expect.objectContaining({ stage: 'input', decision_id: expect.stringMatching(/^dec_/) }),
      }),
    )
  })

  test('a greeting has one, and a page comes newest first with a cursor to the next', async () => {
    const session = await talkTo()
    await say(api, session, { start: true })
    for (const text of ['one', 'two', 'three']) await say(api, session, `say ${text}`)
    const all = (await tracesOf(session)).data
    expect(all.map(({ spans: [root] }) => root?.detail)).toEqual(
      [5, 3, 3, 32].map((length) => ({ role: 'agent', spoken_characters: length })),
    )
    const first = await tracesOf(session, '?limit=3')
    const second = await tracesOf(session, `?limit=3&cursor=${first.next_cursor}`)
    expect([...first.data, ...second.data]).toEqual(all)
    expect([first.data.length, second.next_cursor]).toEqual([3, null])
    const times = all.map(({ started_at: at }) => at)
    expect(times.toSorted().toReversed()).toEqual(times)
  })

  test('is named by the turn that the transcript has', async () => {
    const session = await talkTo()
    await say(api, session, 'say Hello.')
    const turns = await api.a.call('GET', `/v1/sessions/${session.id}/turns`)
    const agentTurn = pageSchema(turnSchema)
      .parse(turns.body)
      .data.find(({ role }) => role === 'agent')
    const [trace] = (await tracesOf(session)).data
    expect(trace).toMatchObject({ turn_id: agentTurn?.id, session_id: session.id, dropped_spans: 0 })
  })

  test('reading takes a scope of its own and is audited', async () => {
    const session = await talkTo()
    await say(api, session, 'say Hello.')
    const path = `/v1/sessions/${session.id}/traces`
    for (const scopes of [['workspace:write'], ['decisions:read', 'transcripts:read']] as const) {
      const refusal = await api.a.call('GET', path, { credential: await api.a.makeKey(scopes) })
      expect([refusal.status, refusal.code()]).toEqual([403, 'api_key.scope_missing'])
    }
    const before = await auditedActions(api, api.a.id, 'trace.opened')
    await tracesOf(session)
    const [event, ...others] = await auditedActions(api, api.a.id, 'trace.opened')
    expect(others).toHaveLength(before.length)
    expect(event).toMatchObject({ actor: { kind: 'api_key' }, target: { kind: 'session', id: session.id } })
    for (const role of ['builder', 'reviewer'] as const)
      expect((await api.a.call('GET', path, { credential: await api.a.makeOperatorToken(role) })).status).toBe(200)
    for (const role of ['privacy', 'auditor'] as const)
      expect((await api.a.call('GET', path, { credential: await api.a.makeOperatorToken(role) })).status).toBe(403)
  })

  test('shows each call of the model with its prompt, of a provider as of a script', async () => {
    const agent = await publishedAgent(
      api.a,
      providerDocument({ notes: [{ name: 'hours', text: 'We open at nine.' }] }),
    )
    const session = await createdSession(api.a, agent, { user_id: newId() })
    const answer = await open(api, session, 'When do you open?')
    const reply = await api.door.nextRequest()
    reply.say('At nine.')
    reply.finish()
    await answer.rest()
    const model = (await spansOf(session)).find(({ kind }) => kind === 'model')
    expect(model).toMatchObject({
      status: 'ok',
      detail: {
        provider: 'vllm',
        model: 'fake',
        finish: 'stop',
        segments: [
          { source: 'persona', trust: 'operator' },
          { source: 'note:hours', trust: 'document', characters: 16, quarantined: 0 },
          { source: 'message', trust: 'user', hash: sha256('When do you open?') },
        ],
      },
    })
    const policies = (await spansOf(session)).flatMap((span) => (span.kind === 'policy' ? [span.detail.stage] : []))
    expect(policies).toEqual(['input', 'retrieval', 'output'])
  })

  test('of a turn whose client left is cut, with what was open', async () => {
    const agent = await publishedAgent(api.a, providerDocument())
    const session = await createdSession(api.a, agent, { user_id: newId() })
    const answer = await open(api, session, 'Hello?')
    const reply = await api.door.nextRequest()
    reply.say('One moment. ')
    await answer.until('token')
    await answer.leave()
    const spans = await vi.waitFor(
      async () => {
        const found = await spansOf(session)
        expect(found).not.toEqual([])
        return found
      },
      { timeout: 10_000 },
    )
    expect(spans[0]).toMatchObject({ kind: 'turn', status: 'cut' })
    expect(spans.find(({ kind }) => kind === 'model')?.status).toBe('cut')
  })

  test('of a turn whose provider failed says so by a code', async () => {
    const agent = await publishedAgent(api.a, providerDocument())
    const session = await createdSession(api.a, agent, { user_id: newId() })
    const answer = await open(api, session, 'Hello?')
    const reply = await api.door.nextRequest()
    reply.say('One ')
    reply.breakOff()
    await answer.rest()
    const spans = await spansOf(session)
    expect(spans[0]).toMatchObject({ kind: 'turn', status: 'failed' })
    expect(spans.find(({ kind }) => kind === 'model')).toMatchObject({
      status: 'failed',
      detail: { error: expect.stringMatching(/^(provider|outbound)\./), finish: null },
    })
  })

  test('lies in the database sealed: neither a source, nor a hash, nor a word', async () => {
    const agent = await publishedAgent(
      api.a,
      scriptedDocument({ dynamic_variables: [{ name: 'quahog' }], policy: {}, persona: { prompt: 'p' } }),
    )
    const session = await createdSession(api.a, agent, {
      user_id: newId(),
      dynamic_variables: { quahog: 'Brackenbury' },
    })
    await say(api, session, 'say Wetterhorn.')
    expect(JSON.stringify(await spansOf(session))).toContain('variable:quahog')
    expect(JSON.stringify(await spansOf(session))).not.toMatch(/Brackenbury|Wetterhorn/)
    for (const words of ['variable:quahog', sha256('Brackenbury'), 'Wetterhorn'])
      expect([words, await tablesThatHold(api, words)]).toEqual([words, []])
  })

  test('of a person whose key is gone cannot be read by anybody', async () => {
    const session = await talkTo()
    await say(api, session, 'say Hello.')
    await api.ask('delete from tenant.user_keys where user_id = (select user_id from tenant.sessions where id = $1)', [
      session.uuid,
    ])
    const answer = await api.a.call('GET', `/v1/sessions/${session.id}/traces`)
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.text).not.toContain('spans')
  })
})

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
