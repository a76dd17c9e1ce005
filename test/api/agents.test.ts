import { agentSchema, agentSummarySchema, agentVersionSchema, documentDiffSchema, pageSchema } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { canonicalJson } from '../../packages/server/src/platform/crypto/canonical-json.ts'
import { sha256 } from '../../packages/server/src/platform/crypto/sha256.ts'
import { parsedDocument, scriptedDocument, zone } from './agent-documents.ts'
import { type Api, askAs, openApi } from './api-harness.ts'
import { draftAgent, publishedAgent } from './made-things.ts'

const versionsSchema = pageSchema(agentVersionSchema)

describe('agents', () => {
  let api: Api
  beforeAll(async () => {
    api = await openApi()
  })
  afterAll(() => api.close())

  const publish = (id: string, body: object = {}) => api.a.call('POST', `/v1/agents/${id}/publish`, { body })
  const patch = (id: string, body: object) => api.a.call('PATCH', `/v1/agents/${id}`, { body })

  test('an agent begins as a draft with every default filled in and nothing published', async () => {
    const made = await api.a.call('POST', '/v1/agents', { body: { name: ' Tester ', document: scriptedDocument() } })
    expect(made.status).toBe(201)
    const agent = agentSchema.parse(made.body)
    expect(agent).toMatchObject({ name: 'Tester', draft_revision: 1, published_version: null })
    expect(agent.draft).toEqual(parsedDocument(scriptedDocument()))
    expect((await api.a.call('GET', `/v1/agents/${agent.id}`)).body).toEqual(agent)
  })

  test('a draft is changed only at the revision that the caller has read', async () => {
    const { id } = await draftAgent(api.a)
    const first = await patch(id, { name: 'Second', draft_revision: 1 })
    expect(first.status).toBe(200)
    expect(agentSchema.parse(first.body)).toMatchObject({ name: 'Second', draft_revision: 2 })
    const stale = await patch(id, { name: 'Third', draft_revision: 1 })
    expect([stale.status, stale.code()]).toEqual([409, 'request.conflict'])
    const blind = await patch(id, { document: scriptedDocument({ persona: { prompt: 'Other.' } }) })
    expect(agentSchema.parse(blind.body)).toMatchObject({ name: 'Second', draft_revision: 3 })
  })

  test('of two changes at the same revision at once exactly one is made', async () => {
    const { id } = await draftAgent(api.a)
    const answers = await Promise.all(
      Array.from({ length: 4 }, (_, index) => patch(id, { name: `Name ${index}`, draft_revision: 1 })),
    )
    expect(answers.map(({ status }) => status).sort(ascending)).toEqual([200, 409, 409, 409])
  })

  test('publishing makes the next version with the hash of its document and leaves the draft alone', async () => {
    const { id } = await draftAgent(api.a)
    const version = agentVersionSchema.parse((await publish(id, { note: 'first' })).body)
    expect(version).toMatchObject({ agent_id: id, version: 1, note: 'first', current: true })
    expect(version.sha256).toBe(sha256(canonicalJson(version.document)).toString('hex'))
    await patch(id, { document: scriptedDocument({ persona: { prompt: 'Changed.' } }) })
    const versions = versionsSchema.parse((await api.a.call('GET', `/v1/agents/${id}/versions`)).body).data
    expect(versions.map(({ document }) => document.persona.prompt)).toEqual(['You answer.'])
    expect((await publish(id)).status).toBe(201)
    const both = versionsSchema.parse((await api.a.call('GET', `/v1/agents/${id}/versions`)).body).data
    expect(both.map(({ version: number, current }) => [number, current])).toEqual([
      [2, true],
      [1, false],
    ])
  })

  test('versions and the draft are compared entry by entry, from the version in force', async () => {
    const { id } = await draftAgent(api.a)
    const diff = async (query = '') => {
      const answer = await api.a.call('GET', `/v1/agents/${id}/diff${query}`)
      expect(answer.status, answer.text).toBe(200)
      return documentDiffSchema.parse(answer.body)
    }
    const { draft } = agentSchema.parse((await api.a.call('GET', `/v1/agents/${id}`)).body)
    expect(await diff()).toEqual({ from: 'draft', to: 'draft', changes: [], complete: true })
    await publish(id)
    await patch(id, {
      document: { ...draft, persona: { ...draft.persona, prompt: 'Better.' }, policy: { no_go_zones: [zone()] } },
    })
    const next = await diff()
    expect(next).toMatchObject({ from: 1, to: 'draft', complete: true })
    expect(next.changes.map(({ change, pointer, rule }) => [change, pointer, rule])).toEqual([
      ['changed', '/persona/prompt', null],
      ['added', '/policy/no_go_zones/0', 'dosage'],
    ])
    await publish(id)
    expect(await diff('?from=2&to=1')).toMatchObject({
      changes: [{ change: 'changed' }, { change: 'removed', rule: 'dosage' }],
    })
    const refused = (query: string) => api.a.call('GET', `/v1/agents/${id}/diff${query}`)
    expect((await refused('?from=7')).code()).toBe('agent.version_not_found')
    expect((await refused('?to=0')).code()).toBe('request.invalid')
    expect((await refused('?until=1')).code()).toBe('request.invalid')
  })

  test('two publications at once make two versions, one after the other', async () => {
    const { id } = await draftAgent(api.a)
    const answers = await Promise.all([publish(id), publish(id)])
    expect(answers.map(({ status }) => status)).toEqual([201, 201])
    const versions = versionsSchema.parse((await api.a.call('GET', `/v1/agents/${id}/versions`)).body).data
    expect(versions.map(({ version }) => version)).toEqual([2, 1])
  })

  test.each([
    'update tenant.agent_versions set note = $1',
    'delete from tenant.agent_versions where note is distinct from $1',
  ])('a published version does not change by %s, not even for the owner of the table', async (statement) => {
    const { uuid } = await publishedAgent(api.a)
    const { app } = api.installation.database.logins
    await expect(askAs(app, statement, ['changed'])).rejects.toThrow('permission denied')
    await expect(api.ask(statement, ['changed'])).rejects.toThrow('append-only')
    expect(await api.ask('select version from tenant.agent_versions where agent_id = $1', [uuid])).toEqual([
      { version: 1 },
    ])
  })

  test('rolling back makes an earlier version current and says why in the audit log', async () => {
    const { id } = await publishedAgent(api.a)
    await patch(id, { document: scriptedDocument({ persona: { prompt: 'Worse.' } }) })
    await publish(id)
    const back = await api.a.call('POST', `/v1/agents/${id}/rollback`, { body: { version: 1, reason: 'it was worse' } })
    expect(back.status).toBe(200)
    expect(agentVersionSchema.parse(back.body)).toMatchObject({ version: 1, current: true })
    expect(agentSchema.parse((await api.a.call('GET', `/v1/agents/${id}`)).body)).toMatchObject({
      published_version: 1,
    })
    const [event] = z
      .object({ data: z.array(z.object({ event: z.record(z.string(), z.unknown()) })) })
      .parse((await api.a.call('GET', '/v1/audit-events?action=agent.rolled_back&limit=1')).body).data
    expect(event?.event).toMatchObject({
      before: { published_version: 2 },
      after: { published_version: 1 },
      reason: 'it was worse',
    })
    const none = await api.a.call('POST', `/v1/agents/${id}/rollback`, { body: { version: 9 } })
    expect([none.status, none.code()]).toEqual([404, 'agent.version_not_found'])
    const huge = await api.a.call('POST', `/v1/agents/${id}/rollback`, { body: { version: 2 ** 31 } })
    expect([huge.status, huge.pointers()]).toEqual([422, ['/version']])
  })

  test('a policy that does not compile is refused with a pointer, and nothing is published', async () => {
    const { id } = await draftAgent(api.a, scriptedDocument({ policy: { no_go_zones: [zone({ regexes: ['('] })] } }))
    const answer = await publish(id)
    expect([answer.status, answer.code()]).toEqual([422, 'policy.does_not_compile'])
    expect(answer.pointers()).toEqual(['/policy/no_go_zones/0/regexes/0'])
    expect(agentSchema.parse((await api.a.call('GET', `/v1/agents/${id}`)).body).published_version).toBeNull()
  })

  test('a policy whose own tests fail is refused with a pointer to the test', async () => {
    const tests = [
      { say: 'a forbidden dose of it', expect: { action: 'redirect' as const, zone: 'dosage' } },
      { say: 'nothing of the kind', expect: { action: 'block' as const } },
    ]
    const { id } = await draftAgent(api.a, scriptedDocument({ policy: { no_go_zones: [zone()], tests } }))
    const answer = await publish(id)
    expect([answer.status, answer.code(), answer.pointers()]).toEqual([422, 'policy.tests_failed', ['/policy/tests/1']])
  })

  test('a rule without what it needs is refused by the place of it', async () => {
    const document = { ...scriptedDocument(), policy: { sleep_windows: [{}] } }
    const answer = await api.a.call('POST', '/v1/agents', { body: { name: 'Tester', document } })
    expect([answer.status, answer.code()]).toEqual([422, 'request.invalid'])
    expect(answer.pointers()).toEqual(['/document/policy/sleep_windows/0/name'])
  })

  test('a sensitive agent is launched only when each control is set or waived, and the waiver is audited', async () => {
    const sensitive = scriptedDocument({ sensitivity: 'sensitive', policy: { no_go_zones: [zone()] } })
    const { id } = await draftAgent(api.a, sensitive)
    const refusal = await publish(id)
    expect([refusal.status, refusal.code()]).toEqual([409, 'agent.launch_gate'])
    const missing = ['escalation_rules', 'sleep_windows', 'fatigue', 'topic_cooldowns'] as const
    expect(refusal.pointers()).toEqual(missing.map((control) => `/policy/${control}`))
    const waivers = missing.map((control) => ({ control, reason: 'not needed for a test', name: 'Ann Example' }))
    await patch(id, { document: { ...sensitive, waivers } })
    expect((await publish(id)).status).toBe(201)
    const [event] = z
      .object({ data: z.array(z.object({ event: z.object({ after: z.record(z.string(), z.unknown()) }) })) })
      .parse((await api.a.call('GET', '/v1/audit-events?action=agent.published&limit=1')).body).data
    expect(event?.event.after).toMatchObject({ waivers })
  })

  test('an ordinary agent needs no waiver', async () => {
    await expect(publishedAgent(api.a, scriptedDocument({ sensitivity: 'ordinary' }))).resolves.toBeDefined()
  })

  test.each([
    ['openai', {}, 'credential.missing', '/model/credential_id'],
    ['custom', {}, 'request.invalid', '/model/base_url'],
  ] as const)('a model of %s that could never be called is not published', async (provider, more, code, pointer) => {
    const model = { kind: 'openai_compatible' as const, provider, model: 'x', ...more }
    const { id } = await draftAgent(api.a, scriptedDocument({ model }))
    const answer = await publish(id)
    expect([answer.code(), answer.pointers()]).toEqual([code, [pointer]])
  })

  test.each([
    [{ name: 'x', document: scriptedDocument(), extra: 1 }, ['/extra']],
    [{ name: 'x', document: { ...scriptedDocument(), 'a/b~c': 1 } }, ['/document/a~1b~0c']],
    [{ name: '   ', document: scriptedDocument() }, ['/name']],
    [{ document: scriptedDocument() }, ['/name']],
    [{ name: 'x', document: { ...scriptedDocument(), tools: ['rm'] } }, ['/document/tools/0']],
    [
      { name: 'x', document: { ...scriptedDocument(), allowed_origins: ['https://a.example/path'] } },
      ['/document/allowed_origins/0'],
    ],
  ])('refuses %j with a pointer to each wrong place', async (body, pointers) => {
    const answer = await api.a.call('POST', '/v1/agents', { body })
    expect([answer.status, answer.code(), answer.pointers()]).toEqual([422, 'request.invalid', pointers])
  })

  test('lists agents newest first, page by page, and never an agent twice', async () => {
    const made: string[] = []
    for (let index = 0; index < 5; index += 1) made.unshift((await draftAgent(api.b)).id)
    const pages: string[][] = []
    let cursor: string | null = null
    do {
      const path: string = `/v1/agents?limit=2${cursor === null ? '' : `&cursor=${cursor}`}`
      const page = pageSchema(agentSummarySchema).parse((await api.b.call('GET', path)).body)
      pages.push(page.data.map(({ id }) => id))
      cursor = page.next_cursor
    } while (cursor !== null)
    expect(pages.map((page) => page.length)).toEqual([2, 2, 1])
    expect(pages.flat()).toEqual(made)
  })

  test('lists versions newest first, page by page, whatever is published meanwhile', async () => {
    const { id } = await publishedAgent(api.a)
    for (let version = 2; version <= 5; version += 1) await publish(id)
    const pages: number[][] = []
    let cursor: string | null = null
    do {
      const path: string = `/v1/agents/${id}/versions?limit=2${cursor === null ? '' : `&cursor=${cursor}`}`
      const page = versionsSchema.parse((await api.a.call('GET', path)).body)
      pages.push(page.data.map(({ version }) => version))
      cursor = page.next_cursor
      await publish(id)
    } while (cursor !== null)
    expect(pages).toEqual([[5, 4], [3, 2], [1]])
  })

  test.each(['0', '201', '-1', '1.5', 'x', ''])('refuses a limit of "%s"', async (limit) => {
    const answer = await api.a.call('GET', `/v1/agents?limit=${limit}`)
    expect([answer.status, answer.pointers()]).toEqual([422, ['/limit']])
  })

  test.each(['1', '200'])('takes a limit of %s', async (limit) => {
    expect((await api.a.call('GET', `/v1/agents?limit=${limit}`)).status).toBe(200)
  })

  test.each(['x', 'AAAA', Buffer.from('0'.repeat(36)).toString('base64url')])(
    'refuses the cursor "%s"',
    async (cursor) => {
      const answer = await api.a.call('GET', `/v1/agents?cursor=${cursor}`)
      expect([answer.status, answer.code(), answer.pointers()]).toEqual([422, 'request.invalid', ['/cursor']])
    },
  )

  test('a key that is limited to some agents sees and changes those only, and makes none', async () => {
    const mine = await publishedAgent(api.a)
    const other = await publishedAgent(api.a)
    const credential = await api.a.makeKey(['workspace:write'], { agents: [mine.uuid] })
    const list = pageSchema(agentSummarySchema).parse((await api.a.call('GET', '/v1/agents', { credential })).body)
    expect(list.data.map(({ id }) => id)).toEqual([mine.id])
    expect((await api.a.call('GET', `/v1/agents/${mine.id}`, { credential })).status).toBe(200)
    for (const [method, path, body] of [
      ['GET', `/v1/agents/${other.id}`, undefined],
      ['GET', `/v1/agents/${other.id}/versions`, undefined],
      ['PATCH', `/v1/agents/${other.id}`, {}],
      ['POST', `/v1/agents/${other.id}/publish`, {}],
      ['POST', `/v1/agents/${other.id}/rollback`, { version: 1 }],
      ['POST', '/v1/sessions', { agent_id: other.id, user_id: 'u' }],
    ] as const) {
      const answer = await api.a.call(method, path, { credential, body })
      expect([method, path, answer.status]).toEqual([method, path, 404])
    }
    const made = await api.a.call('POST', '/v1/agents', {
      credential,
      body: { name: 'x', document: scriptedDocument() },
    })
    expect([made.status, made.code()]).toEqual([403, 'api_key.agent_refused'])
  })
})

function ascending(left: number, right: number): number {
  return left - right
}
