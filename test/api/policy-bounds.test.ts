/** What a workspace may heap up of policies and topics, and what a session reads of it. On a real database. */
import { decodeId, policySchema } from '@hyponema/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { scriptedDocument, zone } from './agent-documents.ts'
import { type Api, newId, openApi } from './api-harness.ts'
import { createdSession, publishedAgent } from './made-things.ts'
import { say } from './talk.ts'
import { TracedStatements } from './traced-statements.ts'

const traced = new TracedStatements()
let api: Api
beforeAll(async () => {
  api = await openApi({ wrapDatabase: (database) => traced.listen(database) })
})
afterAll(() => api.close())

test('a session reads the document of a policy that has not changed once, and another version at once', async () => {
  const body = { name: 'held', document: { no_go_zones: [zone()] } }
  const made = policySchema.parse((await api.a.call('POST', '/v1/policies', { body })).body)
  expect((await api.a.call('POST', `/v1/policies/${made.id}/publish`, { body: {} })).status).toBe(201)
  const agent = await publishedAgent(api.a, scriptedDocument())
  await createdSession(api.a, agent)
  const { statements } = await traced.during(() => createdSession(api.a, agent))
  const ofVersions = statements.filter((text) => text.includes('policy_versions'))
  expect(ofVersions.length).toBeGreaterThan(0)
  expect(ofVersions.filter((text) => text.includes('"document"'))).toEqual([])
  const changed = { draft_revision: made.draft_revision, document: { no_go_zones: [zone({ phrases: ['blue pill'] })] } }
  const patched = await api.a.call('PATCH', `/v1/policies/${made.id}`, { body: changed })
  expect(patched.status, patched.text).toBe(200)
  expect((await api.a.call('POST', `/v1/policies/${made.id}/publish`, { body: {} })).status).toBe(201)
  const session = await createdSession(api.a, agent)
  expect((await say(api, session, 'say Take the blue pill.')).text).not.toContain('blue pill')
})

test('a workspace has no more than 100 policies, and those that were deleted do not count', async () => {
  await api.ask(
    `insert into tenant.policies (workspace_id, id, name, draft, removed_at)
     select $1, gen_random_uuid(), 'p' || number, '{}', case when number > 100 then now() end
     from generate_series(1, 150) as number`,
    [api.b.id],
  )
  const refused = await api.b.call('POST', '/v1/policies', { body: { name: 'one-more' } })
  expect([refused.status, refused.code()]).toEqual([409, 'policy.too_many'])
  await api.ask("update tenant.policies set removed_at = now() where workspace_id = $1 and name = 'p1'", [api.b.id])
  expect((await api.b.call('POST', '/v1/policies', { body: { name: 'one-more' } })).status).toBe(201)
})

test('a user has no more than 500 topics by the API; one of them may still be begun again', async () => {
  const user = await api.a.call('POST', '/v1/users', { body: { external_id: newId() } })
  const { id } = z.object({ id: z.string() }).parse(user.body)
  await api.ask(
    `insert into tenant.topic_cooldowns (workspace_id, id, user_id, topic, reason, started_at, ends_at, causes)
     select $1, gen_random_uuid(), $2, 'agent/topic.t' || number, 'operator', now(), now() + interval '1 day', '[]'
     from generate_series(1, 500) as number`,
    [api.a.id, decodeId('user', id)],
  )
  const start = (topic: string) => api.a.call('POST', `/v1/users/${id}/topic-cooldowns`, { body: { topic, hours: 2 } })
  const refused = await start('agent/topic.new')
  expect([refused.status, refused.code()]).toEqual([409, 'topic_cooldown.too_many'])
  expect((await start('agent/topic.t7')).status).toBe(201)
})
