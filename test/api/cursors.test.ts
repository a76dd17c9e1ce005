/** Every list of the API document: what is no cursor of it is refused, and a cursor opens nothing that is not yours. */
import { encodeId } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { scriptedDocument, zone } from './agent-documents.ts'
import { type Api, newId, openApi } from './api-harness.ts'
import { createdSource, openKnowledgeWorker } from './knowledge-worker.ts'
import { createdSession, createdWebhook, publishedAgent, verifiedWebhook } from './made-things.ts'
import { plantAttempts } from './planted-attempts.ts'
import { say } from './talk.ts'
import { calledPerson } from './two-workspaces.ts'

const documentSchema = z.object({
  paths: z.record(
    z.string(),
    z.record(z.string(), z.object({ parameters: z.array(z.object({ name: z.string() })).default([]) })),
  ),
})
const pageSchema = z.object({ data: z.array(z.record(z.string(), z.unknown())), next_cursor: z.string().nullable() })

const lists = [
  '/v1/agents',
  '/v1/agents/{id}/versions',
  '/v1/api-keys',
  '/v1/audit-events',
  '/v1/contact-attempts',
  '/v1/credentials',
  '/v1/credentials/{id}/openings',
  '/v1/credentials/{id}/versions',
  '/v1/escalations',
  '/v1/invitations',
  '/v1/knowledge',
  '/v1/knowledge/{id}/chunks',
  '/v1/legal-holds',
  '/v1/members',
  '/v1/policies',
  '/v1/policies/{id}/versions',
  '/v1/sessions',
  '/v1/sessions/{id}/decisions',
  '/v1/sessions/{id}/traces',
  '/v1/sessions/{id}/turns',
  '/v1/users',
  '/v1/users/{id}/consents',
  '/v1/users/{id}/topic-cooldowns',
  '/v1/webhooks',
  '/v1/webhooks/{id}/attempts',
  '/v1/webhooks/{id}/deliveries',
]

const cursorOf = (uuid: string): string => Buffer.from(uuid, 'latin1').toString('base64url')

describe('cursors', () => {
  let api: Api
  const credentials = { a: '', b: '' }
  /** Where each list has three entries of the workspace. */
  const paths = { a: new Map<string, string>(), b: new Map<string, string>() }
  beforeAll(async () => {
    api = await openApi()
    for (const name of ['a', 'b'] as const) {
      credentials[name] = await api[name].makeOperatorToken()
      const agent = await publishedAgent(api[name], forbidden())
      for (let time = 0; time < 2; time += 1) {
        await publishedAgent(api[name])
        await api[name].call('POST', `/v1/agents/${agent.id}/publish`, { body: {} })
        await api[name].call('POST', '/v1/users', { body: { external_id: `listed-${time}` } })
      }
      const person = await api[name].call('POST', '/v1/users', { body: { external_id: 'listed' } })
      const users = z.object({ id: z.string() }).parse(person.body).id
      for (let time = 0; time < 3; time += 1) {
        const body = { topic: `agent/topic.listed-${time}` }
        await api[name].call('POST', `/v1/users/${users}/topic-cooldowns`, { body })
      }
      let sealed = ''
      for (let time = 0; time < 3; time += 1) {
        const secret = { kind: 'model', provider: 'openai', label: 'l', secret: 'sk-12345678' }
        const credential = credentials[name]
        const made = await api[name].call('POST', '/v1/credentials', { credential, body: secret })
        sealed = z.object({ id: z.string() }).parse(made.body).id
        for (let version = 2; version < 4; version += 1) {
          const body = { secret: 'sk-12345678' }
          await api[name].call('POST', `/v1/credentials/${sealed}/rotate`, { credential, body })
        }
        const key = { label: `listed ${time}`, scopes: ['agents:read'] }
        await api[name].call('POST', '/v1/api-keys', { credential: credentials[name], body: key })
      }
      for (let time = 0; time < 3; time += 1) {
        await api[name].makeMember('builder')
        const invitation = { email: `listed-${time}@example.com`, role: 'builder' }
        await api[name].call('POST', '/v1/invitations', { credential: credentials[name], body: invitation })
      }
      await createdSession(api[name], agent)
      await createdSession(api[name], agent)
      const session = await createdSession(api[name], agent)
      for (let time = 0; time < 3; time += 1) await say(api, session, 'say forbidden dose')
      for (let time = 0; time < 3; time += 1)
        await api[name].call('POST', `/v1/credentials/${sealed}/test`, { credential: credentials[name] })
      for (let time = 0; time < 3; time += 1) await calledPerson(api, api[name], agent)
      await createdWebhook(api[name])
      await createdWebhook(api[name])
      const webhook = await verifiedWebhook(api[name])
      for (let time = 0; time < 3; time += 1)
        await api[name].call('POST', `/v1/webhooks/${webhook.id}/test`, { body: { type: 'session.started' } })
      await plantAttempts(api, api[name])
      for (let time = 0; time < 3; time += 1) {
        await api[name].call('POST', `/v1/users/${users}/consents`, { body: { state: 'withdrawn' } })
        await api[name].call('POST', '/v1/legal-holds', { body: { reason: 'listed' } })
        await api[name].call('POST', '/v1/contact-attempts', { body: { agent_id: agent.id, user_id: 'listed' } })
      }
      let policies = ''
      for (let time = 0; time < 3; time += 1) {
        const policy = await api[name].call('POST', '/v1/policies', { body: { name: `listed-${time}` } })
        policies = z.object({ id: z.string() }).parse(policy.body).id
      }
      for (let time = 0; time < 3; time += 1)
        await api[name].call('POST', `/v1/policies/${policies}/publish`, { body: {} })
      let source = ''
      for (let time = 0; time < 3; time += 1) {
        const text = Array.from({ length: 4 }, (_, part) => `# Part ${part}\n\n${'Words. '.repeat(150)}`).join('\n\n')
        source = (await createdSource(api[name], { text })).id
      }
      for (const list of lists) {
        const id =
          { agents: agent.id, credentials: sealed, users, webhooks: webhook.id, knowledge: source, policies }[
            list.split('/')[2] ?? ''
          ] ?? session.id
        paths[name].set(list, list.replace('{id}', id))
      }
    }
    await openKnowledgeWorker(api).read()
  })
  afterAll(() => api.close())

  const ask = (list: string, query: string, workspace: 'a' | 'b' = 'a') =>
    api[workspace].call('GET', `${paths[workspace].get(list) ?? list}?${query}`, { credential: credentials[workspace] })

  test('every list takes one, and is tried here', async () => {
    const { body } = await api.a.call('GET', '/v1/openapi.json', { credential: undefined })
    const listed = Object.entries(documentSchema.parse(body).paths).flatMap(([path, methods]) =>
      methods['get']?.parameters.some(({ name }) => name === 'cursor') === true ? [path] : [],
    )
    expect(listed.sort()).toEqual(lists)
  })

  test.each(lists)('%s: pages follow each other without a gap or an entry twice', async (list) => {
    const all = pageSchema.parse((await ask(list, 'limit=200')).body).data
    expect(all.length).toBeGreaterThan(2)
    const seen: unknown[] = []
    let cursor: string | null = null
    do {
      const query: string = `limit=2${cursor === null ? '' : `&cursor=${cursor}`}`
      const page = pageSchema.parse((await ask(list, query)).body)
      seen.push(...page.data)
      cursor = page.next_cursor
    } while (cursor !== null)
    expect(seen).toEqual(all)
  })

  test.each(lists)('%s: refuses what is cut, altered or of another form', async (list) => {
    const cursor = pageSchema.parse((await ask(list, 'limit=1')).body).next_cursor ?? ''
    expect(cursor).not.toBe('')
    const wrong = [
      '',
      cursor.slice(0, -1),
      `${cursor}A`,
      `${cursor}=`,
      cursor.toUpperCase(),
      cursor.slice(1),
      cursorOf('%'),
      cursorOf("' or 1=1 --"),
      cursorOf(newId().toUpperCase()),
      encodeId('agent', newId()),
      newId(),
      'x'.repeat(200),
      'x'.repeat(201),
      '%00',
      '%F0%9F%98%80',
    ]
    for (const one of wrong) {
      const answer = await ask(list, `cursor=${one}`)
      expect([one, answer.status, answer.code(), answer.pointers()]).toEqual([one, 422, 'request.invalid', ['/cursor']])
    }
    expect((await ask(list, `cursor=${cursor}&cursor=${cursor}`)).status).toBe(422)
  })

  test.each(lists)('%s: a cursor of workspace B shows in A what is of A, and nothing else', async (list) => {
    const own = new Set(
      pageSchema.parse((await ask(list, 'limit=200')).body).data.map((entry) => JSON.stringify(entry)),
    )
    const theirs = pageSchema.parse((await ask(list, 'limit=1', 'b')).body).next_cursor ?? ''
    const answer = await ask(list, `limit=200&cursor=${theirs}`)
    expect(answer.status).toBe(200)
    for (const entry of pageSchema.parse(answer.body).data) expect(own).toContain(JSON.stringify(entry))
  })

  test('a cursor of the versions is of their list only, and theirs takes no other', async () => {
    const agents = pageSchema.parse((await ask('/v1/agents', 'limit=1')).body).next_cursor ?? ''
    const answer = await ask('/v1/agents/{id}/versions', `cursor=${agents}`)
    expect([answer.status, answer.pointers()]).toEqual([422, ['/cursor']])
    for (const number of ['000080000000', 'ffffffffffff']) {
      const far = await ask('/v1/agents/{id}/versions', `cursor=${cursorOf(`00000000-0000-8000-8000-${number}`)}`)
      expect([far.status, far.pointers()]).toEqual([422, ['/cursor']])
    }
    const other = pageSchema.parse((await ask('/v1/agents/{id}/versions', 'limit=1')).body).next_cursor ?? ''
    expect(pageSchema.parse((await ask('/v1/agents', `cursor=${other}`)).body).data).toEqual([])
  })
})

function forbidden(): object {
  return scriptedDocument({ policy: { no_go_zones: [zone()] } })
}
