/**
 * Bodies made from the API document's own schemas, bent here and there, on every route that takes one: the answer is never
 * a failure of ours, a refusal has changed no row of any table, and a success has left its audit event or changed nothing.
 */
import { problemSchema } from '@hyponema/contract'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { zone } from './agent-documents.ts'
import { type Api, openApi, type TestMember } from './api-harness.ts'
import { createdSource } from './knowledge-worker.ts'
import { createdSession, draftAgent, publishedAgent, verifiedWebhook } from './made-things.ts'
import { readOperations } from './read-operations.ts'
import { hostileValue, schemaArbitrary } from './schema-arbitrary.ts'
import { calledPerson } from './two-workspaces.ts'

/** A run of 600 takes a minute and a half, finds no more. */
const runs = 60

type Route = { readonly method: string; readonly path: string; readonly schema: unknown }

/** Named here so that each is a test of its own; the first test compares with the API document. */
const names = [
  'PATCH /v1/agents/{id}',
  'PATCH /v1/api-keys/{id}',
  'PATCH /v1/knowledge/{id}',
  'PATCH /v1/members/{id}',
  'PATCH /v1/policies/{id}',
  'PATCH /v1/users/{id}',
  'PATCH /v1/webhooks/{id}',
  'PATCH /v1/workspaces/current',
  'POST /v1/agents',
  'POST /v1/agents/{id}/publish',
  'POST /v1/agents/{id}/rollback',
  'POST /v1/api-keys',
  'POST /v1/api-keys/{id}/revoke',
  'POST /v1/api-keys/{id}/rotate',
  'POST /v1/contact-attempts',
  'POST /v1/contact-attempts/{id}/cancel',
  'POST /v1/contact-attempts/{id}/outcome',
  'POST /v1/credentials',
  'POST /v1/credentials/{id}/revoke',
  'POST /v1/credentials/{id}/rotate',
  'POST /v1/credentials/{id}/test',
  'POST /v1/credentials/{id}/versions/{version}/revoke',
  'POST /v1/escalations/live-tickets',
  'POST /v1/escalations/{id}/claim',
  'POST /v1/escalations/{id}/messages',
  'POST /v1/escalations/{id}/release',
  'POST /v1/escalations/{id}/resolve',
  'POST /v1/escalations/{id}/return',
  'POST /v1/invitations',
  'POST /v1/invitations/{id}/send',
  'POST /v1/knowledge',
  'POST /v1/knowledge/{id}/reprocess',
  'POST /v1/legal-holds',
  'POST /v1/legal-holds/{id}/release',
  'POST /v1/members/me/sign-out-everywhere',
  'POST /v1/policies',
  'POST /v1/policies/{id}/check',
  'POST /v1/policies/{id}/publish',
  'POST /v1/policies/{id}/replay',
  'POST /v1/policies/{id}/rollback',
  'POST /v1/policies/{id}/shadow',
  'POST /v1/sessions',
  'POST /v1/sessions/{id}/end',
  'POST /v1/users',
  'POST /v1/users/{id}/consents',
  'POST /v1/users/{id}/topic-cooldowns',
  'POST /v1/webhooks',
  'POST /v1/webhooks/{id}/disable',
  'POST /v1/webhooks/{id}/enable',
  'POST /v1/webhooks/{id}/replay',
  'POST /v1/webhooks/{id}/rotate-secret',
  'POST /v1/webhooks/{id}/test',
  'POST /v1/webhooks/{id}/verify',
  'PUT /v1/retention',
]

describe('hostile bodies', () => {
  let api: Api
  let operator: TestMember
  let schemas: Readonly<Record<string, unknown>>
  const routes = new Map<string, Route>()
  const ids = new Map<string, string>()
  let known: Readonly<Record<string, unknown>>
  beforeAll(async () => {
    api = await openApi()
    operator = await api.a.makeMember('owner')
    const document = await readOperations(api)
    schemas = document.schemas
    for (const { name, method, path, body } of document.operations) {
      // Files are bytes; test/attacks/knowledge.test.ts sends hostile ones.
      if (name === 'POST /v1/knowledge/files') continue
      if (method !== 'GET' && method !== 'DELETE') routes.set(name, { method, path, schema: body })
    }
    const agent = await publishedAgent(api.a)
    ids.set('agents', agent.id).set('sessions', (await createdSession(api.a, agent)).id)
    const attempt = await api.a.call('POST', '/v1/contact-attempts', {
      body: { agent_id: agent.id, user_id: 'fuzzed-2' },
    })
    ids.set('contact-attempts', z.object({ id: z.string() }).parse(attempt.body).id)
    const user = await api.a.call('POST', '/v1/users', { body: { external_id: 'fuzzed' } })
    ids.set('users', z.object({ id: z.string() }).parse(user.body).id)
    ids.set('members', (await api.a.makeMember('builder')).operator)
    const invited = await api.a.call('POST', '/v1/invitations', {
      credential: await operator.token(),
      body: { email: 'fuzzed@example.com', role: 'builder' },
    })
    ids.set('invitations', z.object({ id: z.string() }).parse(invited.body).id)
    ids.set('webhooks', (await verifiedWebhook(api.a)).id)
    ids.set('knowledge', (await createdSource(api.a)).id)
    ids.set('escalations', await calledPerson(api, api.a, agent))
    const hold = await api.a.call('POST', '/v1/legal-holds', { body: { reason: 'fuzzed' } })
    ids.set('legal-holds', z.object({ id: z.string() }).parse(hold.body).id)
    known = {
      allowed_agents: [agent.id],
      agent_id: agent.id,
      url: 'https://hooks.example.com/fuzzed',
      user_id: 'fuzzed',
      modality: 'text',
      version: 1,
      credential_id: undefined,
    }
  })
  afterAll(() => api.close())

  /** The rows of every table, as one number each. When a key was used is left out: it is written behind a request. */
  const fingerprint = async (): Promise<unknown> => {
    const tables = await api.ask<{ name: string }>(
      `select c.relname as name from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where n.nspname = 'tenant' and c.relkind in ('r', 'p') and not c.relispartition`,
    )
    const counts = tables.map(
      ({ name }) =>
        `select '${name}' as name, count(*)::int as rows, coalesce(sum(hashtextextended((to_jsonb(t) - 'last_used_at')::text, 0)::numeric), 0)::text as hash from tenant.${name} t`,
    )
    return api.ask(`${counts.join(' union all ')} order by name`)
  }

  /** What ends a key or gives it a successor is done once to each. */
  const freshKey = async (): Promise<string> => {
    const body = { label: 'fuzzed', scopes: ['agents:read'] }
    const made = await api.a.call('POST', '/v1/api-keys', { credential: await operator.token(), body })
    return z.object({ id: z.string() }).parse(made.body).id
  }

  /** What is revoked cannot be rotated any more. */
  const freshCredential = async (): Promise<string> => {
    const body = { kind: 'model', provider: 'openai', label: 'fuzzed', secret: 'sk-12345678' }
    const made = await api.a.call('POST', '/v1/credentials', { credential: await operator.token(), body })
    return z.object({ id: z.string() }).parse(made.body).id
  }

  const idFor = async (noun: string): Promise<string> => {
    if (noun === 'api-keys') return freshKey()
    return noun === 'credentials' ? freshCredential() : (ids.get(noun) ?? 'none')
  }

  const send = async (route: Route, body: unknown): Promise<void> => {
    const noun = route.path.split('/')[2] ?? ''
    const id = await idFor(noun)
    const before = await fingerprint()
    const path = route.path.replace('{id}', id).replace('{version}', '1')
    const answer = await api.a.call(route.method, path, { body, credential: await operator.token() })
    expect([answer.status, answer.text]).toEqual([expect.toSatisfy((status: number) => status < 500), answer.text])
    if (answer.status < 300) {
      const events = await api.ask('select 1 from tenant.audit_events where request_id = $1', [
        answer.headers.get('x-request-id'),
      ])
      // What changed nothing, such as a second end, leaves no event.
      if (events.length === 0) expect(await fingerprint()).toEqual(before)
      return
    }
    const problem = problemSchema.parse(answer.body)
    if (problem.code === 'request.invalid') expect(problem.errors?.length).toBeGreaterThan(0)
    for (const { pointer } of problem.errors ?? []) expect(pointer).toMatch(/^(?:\/(?:[^~]|~[01])*)*$/s)
    expect(answer.text.length).toBeLessThan(300_000)
    expect(await fingerprint()).toEqual(before)
  }

  test('every route that takes a body is tried', () => {
    expect([...routes.keys()].sort()).toEqual(names)
  })

  test.each(names)('%s: refused whole or done whole, never a failure of ours', async (name) => {
    const route = routes.get(name)
    if (route === undefined) throw new Error(`no route ${name}`)
    // What the workspace narrowed meanwhile would have every endpoint refused for that alone.
    await api.a.call('PATCH', '/v1/workspaces/current', {
      credential: await operator.token(),
      body: { outbound_hosts: null },
    })
    const bodies = schemaArbitrary(route.schema, { schemas, known })
    await fc.assert(
      fc.asyncProperty(fc.oneof({ weight: 9, arbitrary: bodies }, hostileValue), (body) => send(route, body)),
      { numRuns: runs },
    )
  })

  test('an answer does not outgrow its question', async () => {
    const flood = Object.fromEntries(Array.from({ length: 40_000 }, (_, index) => [`a${index}`, 1]))
    const answer = await api.a.call('POST', '/v1/users', { body: flood })
    expect(answer.status).toBe(422)
    expect(answer.pointers()).toHaveLength(100)
  })

  test('more values than any document has are refused before they are judged one by one', async () => {
    const phrases = Array.from({ length: 900 }, () => 1)
    const policy = { no_go_zones: Array.from({ length: 200 }, () => ({ phrases })) }
    const answer = await api.a.call('POST', '/v1/agents', { body: { name: 'x', document: { policy } } })
    expect([answer.status, answer.code(), answer.pointers()]).toEqual([422, 'request.invalid', ['']])
  })

  test('publishing a draft of any policy: refused whole or done whole', async () => {
    const policies = schemaArbitrary({ $ref: '#/components/schemas/PolicyDocument' }, { schemas, known })
    const seen = new Set<number>()
    await fc.assert(
      fc.asyncProperty(policies, async (policy) => {
        const agent = await draftAgent(api.a)
        const document = { persona: { prompt: 'p' }, model: { kind: 'scripted', script: { rules: [] } }, policy }
        const path = `/v1/agents/${agent.id}`
        const patched = await api.a.call('PATCH', path, { body: { document } })
        expect(patched.status).toBeLessThan(500)
        if (patched.status !== 200) return
        const before = await fingerprint()
        const published = await api.a.call('POST', `${path}/publish`, { body: {} })
        seen.add(published.status)
        expect([published.status, published.text]).toEqual([
          expect.toSatisfy((status: number) => status < 500),
          published.text,
        ])
        if (published.status >= 300) expect(await fingerprint()).toEqual(before)
      }),
      { numRuns: runs, examples: [[{ no_go_zones: [zone()] }], [{ no_go_zones: [zone({ regexes: ['('] })] }]] },
    )
    expect([...seen]).toEqual(expect.arrayContaining([201, 422]))
  })
})
