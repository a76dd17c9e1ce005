/** Dynamic variables through the real server: who gives them, who wins, and what a hostile backend or value comes to. */
import { agentSchema, credentialSchema, pageSchema, type TraceSpan, turnTraceSchema } from '@hyponema/contract'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { scriptedDocument, zone } from './agent-documents.ts'
import { type Api, newId, openApi } from './api-harness.ts'
import { auditedActions } from './audited-actions.ts'
import { bareId, createdSession, type MadeSession, publishedAgent } from './made-things.ts'
import { startResolver, type TestResolver } from './start-resolver.ts'
import { tablesThatHold } from './tables-that-hold.ts'
import { say } from './talk.ts'

const key = 'ik-thicket-0123456789'

describe('dynamic variables', () => {
  let api: Api
  let resolver: TestResolver
  beforeAll(async () => {
    resolver = await startResolver()
    api = await openApi({ outboundDoor: resolver.door })
  })
  afterAll(async () => {
    await api.close()
    await resolver.close()
  })
  beforeEach(() => resolver.answerWith((_request, response) => response.end('{"variables":{}}')))

  const answers = (variables: object): void =>
    resolver.answerWith((_request, response) => response.end(JSON.stringify({ variables })))
  const documentWith = (firstMessage: string, change: object = {}) =>
    scriptedDocument({
      persona: { prompt: 'p', first_message: firstMessage },
      dynamic_variables: [{ name: 'a' }, { name: 'b', default: 'default b' }, { name: 'c', default: 'default c' }],
      variable_resolver: { url: resolver.url, timeout_ms: 300 },
      ...change,
    })
  const open = async (
    firstMessage: string,
    { values = {}, change = {}, more = {} }: { values?: object; change?: object; more?: object } = {},
  ): Promise<MadeSession & { text: string }> => {
    const agent = await publishedAgent(api.a, documentWith(firstMessage, change))
    const session = await createdSession(api.a, agent, { user_id: newId(), dynamic_variables: values, ...more })
    return { ...session, text: (await say(api, session, { start: true })).text }
  }
  const spansOf = async (session: MadeSession): Promise<readonly TraceSpan[]> => {
    const answer = await api.a.call('GET', `/v1/sessions/${session.id}/traces`)
    return pageSchema(turnTraceSchema)
      .parse(answer.body)
      .data.flatMap(({ spans }) => spans)
  }
  const resolvedIn = async (session: MadeSession) => (await spansOf(session)).filter(({ kind }) => kind === 'variables')

  test('come from the session, then the resolver, then the agent’s defaults; a name without a value stays', async () => {
    answers({ a: 'resolver a', b: 'resolver b' })
    const session = await open('{{a}}, {{b}}, {{c}}, {{d}}.', { values: { a: 'session a' } })
    expect(session.text).toBe('session a, resolver b, default c, {{d}}.')
    expect(await resolvedIn(session)).toMatchObject([
      { status: 'ok', parent_span_id: 0, detail: { outcome: 'resolved', names: ['b'], problem: null } },
    ])
    expect(JSON.parse(resolver.asked.at(-1)?.body ?? '')).toEqual({
      agent_id: expect.stringMatching(/^agt_/),
      session_id: session.id,
      user_id: expect.stringMatching(/^usr_/),
      modality: 'text',
      variables: ['b', 'c'],
    })
  })

  test('are asked for once in a session, and not at all where it was created with every value', async () => {
    answers({ a: 'resolver a' })
    const before = resolver.asked.length
    const session = await open('{{a}}.')
    await say(api, session, 'hi')
    await say(api, session, 'hi')
    expect(resolver.asked.length).toBe(before + 1)
    expect(await resolvedIn(session)).toHaveLength(1)
    await open('{{a}}.', { values: { a: '1', b: '2', c: '3' } })
    expect(resolver.asked.length).toBe(before + 1)
  })

  test('of the system say the session and the person’s time, and nobody replaces them', async () => {
    answers({ system__user_id: 'usr_other', system__modality: 'other' })
    const externalId = newId()
    const user = { external_id: externalId, time_zone: 'Asia/Tokyo', language: 'de' }
    await api.a.call('POST', '/v1/users', { body: user })
    const session = await open(
      '{{system__session_id}} {{system__modality}} {{system__time_zone}} {{system__language}} {{system__weekday}} {{system__nothing}}',
      { more: { user_id: externalId } },
    )
    expect(session.text).toMatch(
      new RegExp(
        `^${session.id} text Asia/Tokyo de (Mon|Diens|Donners|Frei|Sams|Sonn)?(tag|Mittwoch) \\{\\{system__nothing\\}\\}$`,
      ),
    )
    expect((await resolvedIn(session))[0]?.detail).toMatchObject({
      names: [],
      problem: '2 values were left out: under a name that the agent does not declare',
    })
  })

  test('of the system are refused where a session or an agent would set them', async () => {
    const agent = await publishedAgent(api.a, documentWith('Hi.'))
    for (const [values, pointer] of [
      [{ system__user_id: 'x' }, '/dynamic_variables/system__user_id'],
      [{ undeclared: 'x' }, '/dynamic_variables/undeclared'],
    ] as const) {
      const refusal = await api.a.call('POST', '/v1/sessions', {
        body: { agent_id: agent.id, user_id: 'person', dynamic_variables: values },
      })
      expect([refusal.status, refusal.code(), refusal.pointers()]).toEqual([422, 'session.variable_unknown', [pointer]])
    }
    const document = documentWith('Hi.', { dynamic_variables: [{ name: 'system__mine' }] })
    const refusal = await api.a.call('POST', '/v1/agents', { body: { name: 'Tester', document } })
    expect([refusal.status, refusal.pointers()[0]]).toEqual([422, '/document/dynamic_variables/0/name'])
  })

  test('are filled in once: braces, a fence, controls and 600 characters in a value are what they are', async () => {
    answers({ b: '{{a}} {{system__user_id}}', c: `one\n</data>\u0000\u{e0041}two` })
    const session = await open('{{a}} | {{b}} | {{c}}', { values: { a: '{{c}}' } })
    expect(session.text).toBe('{{c}} | {{a}} {{system__user_id}} | one </data>two')
  })

  test('that make a forbidden phrase of a line are caught at the gate', async () => {
    answers({ b: 'forbidden', c: 'd\u200bose' })
    const session = await open('The {{b}} {{c}}.', { change: { policy: { no_go_zones: [zone()] } } })
    expect(session.text).not.toContain('forbidden')
    expect(session.text).toContain('Please ask a doctor.')
  })

  test.each<[string, Parameters<TestResolver['answerWith']>[0], string, string]>([
    ['hangs', () => undefined, 'timed_out', 'outbound.timeout'],
    ['answers 500', (_request, response) => response.writeHead(500).end('secret words'), 'failed', 'status 500'],
    [
      'answers 10 MB',
      (_request, response) => response.end(JSON.stringify({ variables: { a: 'x'.repeat(10_000_000) } })),
      'failed',
      'outbound.too_large',
    ],
    ['answers another shape', (_request, response) => response.end('["secret words"]'), 'failed', 'the answer is not'],
    ['answers no JSON', (_request, response) => response.end('secret words'), 'failed', 'the answer is not'],
    [
      'answers a number for a text',
      (_request, response) => response.end('{"variables":{"a":7,"b":"secret words"}}'),
      'failed',
      'the answer is not',
    ],
    [
      'redirects inside',
      (_request, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
      'failed',
      'status 302',
    ],
    ['hangs up', (request) => request.socket.destroy(), 'failed', 'outbound.failed'],
  ])(
    'of a resolver that %s are missing; the session goes on and its trace says why',
    async (_name, answer, outcome, why) => {
      resolver.answerWith(answer)
      const session = await open('{{a}}, {{b}}.')
      expect(session.text).toBe('{{a}}, default b.')
      const [span] = await resolvedIn(session)
      expect(span).toMatchObject({ status: 'failed', detail: { outcome, names: [] } })
      expect(JSON.stringify(span)).toContain(why)
      expect(JSON.stringify(await spansOf(session))).not.toContain('secret')
      expect((await say(api, session, 'say Still here.')).text).toBe('Still here.')
    },
  )

  test('of a resolver that hangs hold up their own session only, and no longer than the agent allows', async () => {
    resolver.answerWith(() => undefined)
    const slow = await createdSession(
      api.a,
      await publishedAgent(
        api.a,
        documentWith('{{a}}.', { variable_resolver: { url: resolver.url, timeout_ms: 2000 } }),
      ),
      { user_id: newId() },
    )
    const slowly = say(api, slow, { start: true })
    const quick = await createdSession(api.a, await publishedAgent(api.a, scriptedDocument()), { user_id: newId() })
    expect((await say(api, quick, 'say Quick.')).text).toBe('Quick.')
    expect((await slowly).text).toBe('{{a}}.')
    const [span] = await resolvedIn(slow)
    expect(span?.duration_ms).toBeLessThan(3500)
  })

  test('of a resolver are asked for with its sealed key, whose opening is told', async () => {
    const credential = await api.a.makeOperatorToken('admin')
    const sealed = await api.a.call('POST', '/v1/credentials', {
      credential,
      body: { kind: 'internal_api', provider: 'clinic', label: 'Backend', secret: key, base_url: resolver.url },
    })
    const { id } = credentialSchema.parse(sealed.body)
    answers({ a: 'resolver a' })
    const session = await open('{{a}}.', {
      change: { variable_resolver: { url: resolver.url, auth: { credential_id: id, prefix: 'Key ' } } },
    })
    expect(session.text).toBe('resolver a.')
    expect(resolver.asked.at(-1)?.key).toBe(`Key ${key}`)
    const rows = await api.ask(
      'select purpose, openings from tenant.credential_openings where session_id = $1 and credential_id = $2',
      [session.uuid, bareId('credential', id)],
    )
    expect(rows).toEqual([{ purpose: 'resolver', openings: 1 }])
    expect(await auditedActions(api, api.a.id, 'credential.opened')).toContainEqual(
      expect.objectContaining({ after: expect.objectContaining({ purpose: 'resolver' }) }),
    )
    expect(await tablesThatHold(api, key)).toEqual([])
  })

  test('are not asked for where the key belongs elsewhere, is of another kind, or the address is inside', async () => {
    const credential = await api.a.makeOperatorToken('admin')
    const make = async (change: object): Promise<string> => {
      const body = { kind: 'internal_api', provider: 'clinic', label: 'l', secret: key, ...change }
      return credentialSchema.parse((await api.a.call('POST', '/v1/credentials', { credential, body })).body).id
    }
    const bound = await make({ base_url: 'https://elsewhere.example.com' })
    const save = async (variableResolver: object) => {
      const document = documentWith('Hi.', { variable_resolver: variableResolver })
      const answer = await api.a.call('POST', '/v1/agents', { body: { name: 'Tester', document } })
      return [answer.status, answer.code(), answer.pointers()[0]]
    }
    expect(await save({ url: resolver.url, auth: { credential_id: bound } })).toEqual([
      422,
      'credential.address_mismatch',
      '/document/variable_resolver/url',
    ])
    expect(await save({ url: 'https://db.inside.example/x' })).toEqual([
      422,
      'outbound.address_refused',
      '/document/variable_resolver/url',
    ])
    const model = await make({ kind: 'model', provider: 'custom', base_url: resolver.url })
    const draft = await api.a.call('POST', '/v1/agents', {
      body: {
        name: 'Tester',
        document: documentWith('Hi.', { variable_resolver: { url: resolver.url, auth: { credential_id: model } } }),
      },
    })
    const publish = await api.a.call('POST', `/v1/agents/${agentSchema.parse(draft.body).id}/publish`, { body: {} })
    expect([publish.status, publish.code()]).toEqual([422, 'credential.kind_mismatch'])
  })

  test('of a resolver lie nowhere as they are', async () => {
    answers({ a: 'Quetzalcoatlus Brackenbury' })
    const session = await open('Hello {{a}}.')
    expect(session.text).toContain('Quetzalcoatlus')
    expect(await tablesThatHold(api, 'Quetzalcoatlus')).toEqual([])
    expect(api.logged.join('\n')).not.toContain('Quetzalcoatlus')
  })

  test('of a script are those of the running turn', async () => {
    answers({ a: 'Ada' })
    const session = await open('Hi.', {
      change: {
        model: { kind: 'scripted', script: { rules: [{ when: ['who'], say: ['{{a}} at {{system__time_utc}}'] }] } },
      },
    })
    expect((await say(api, session, 'who')).text).toMatch(/^Ada at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  })
})
