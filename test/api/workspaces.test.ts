import { problemSchema, workspaceSchema } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readOutboundHosts } from '../../packages/server/src/features/workspaces/public.ts'
import { providerDocument } from './agent-documents.ts'
import { type Api, openApi } from './api-harness.ts'
import { auditedActions } from './audited-actions.ts'
import { createdSession, type MadeSession, publishedAgent } from './made-things.ts'
import { open } from './talk.ts'

const path = '/v1/workspaces/current'

describe('the workspace’s own list of hosts', () => {
  let api: Api
  beforeAll(async () => {
    api = await openApi()
  })
  afterAll(() => api.close())

  const patch = async (body: unknown) =>
    api.a.call('PATCH', path, { credential: await api.a.makeOperatorToken('admin'), body })
  const inForce = (workspace = api.a) =>
    api.installation.database.withWorkspace(workspace.scope, (tx) => readOutboundHosts(tx))

  test('is none until somebody sets one, and null takes it away', async () => {
    expect(workspaceSchema.parse((await api.a.call('GET', path)).body).outbound_hosts).toBeNull()
    const hosts = ['api.openai.com', '*.deepgram.com', '127.0.0.1', '[2606:2800:21f:cb07::1]', 'ollama']
    const set = await patch({ outbound_hosts: [...hosts, 'ollama'] })
    expect(set.status).toBe(200)
    expect(workspaceSchema.parse(set.body).outbound_hosts).toStrictEqual(hosts)
    expect(await inForce()).toStrictEqual(hosts)
    expect(await inForce(api.b)).toBeNull()
    expect((await patch({ outbound_hosts: [] })).status).toBe(200)
    expect(await inForce()).toStrictEqual([])
    expect((await patch({ outbound_hosts: null })).status).toBe(200)
    expect(await inForce()).toBeNull()
    const events = await auditedActions(api, api.a.id, 'workspace.outbound_hosts_changed')
    expect(events.map(({ before, after }) => [before, after])).toStrictEqual([
      [{ outbound_hosts: [] }, { outbound_hosts: null }],
      [{ outbound_hosts: hosts }, { outbound_hosts: [] }],
      [{ outbound_hosts: null }, { outbound_hosts: hosts }],
    ])
  })

  test('goes with every call of a session as it was when the session began', async () => {
    const agent = await publishedAgent(api.a, providerDocument())
    const [before, after] = [await createdSession(api.a, agent), await createdSession(api.a, agent)]
    const listOfCall = async (session: MadeSession) => {
      const answer = await open(api, session, 'hello')
      const reply = await api.door.nextRequest()
      reply.say('Hello.')
      reply.finish()
      await answer.rest()
      return api.door.uses.at(-1)
    }
    await patch({ outbound_hosts: ['127.0.0.1'] })
    expect(await listOfCall(before)).toMatchObject({ workspaceId: api.a.id, onlyHosts: ['127.0.0.1'] })
    await patch({ outbound_hosts: ['api.openai.com'] })
    expect(await listOfCall(before)).toMatchObject({ onlyHosts: ['127.0.0.1'] })
    expect(await listOfCall(after)).toMatchObject({ onlyHosts: ['api.openai.com'] })
    await patch({ outbound_hosts: null })
  })

  test.each([
    'API.openai.com',
    'api.openai.com.',
    'https://api.openai.com',
    'api.openai.com:443',
    'api.openai.com/v1',
    '*',
    '*.',
    '*.*.com',
    'a.*.com',
    '*.127.0.0.1',
    '*.[::1]',
    '.example.com',
    'a..b',
    '-a.com',
    '1.2.3',
    '1.2.3.999',
    '2130706433',
    '::1',
    '[::1%eth0]',
    'münchen.example',
    'user@host.example',
    'a b',
    '',
    `${'a'.repeat(64)}.com`,
  ])('refuses %j with its place', async (host) => {
    const { status, body } = await patch({ outbound_hosts: ['api.openai.com', host] })
    expect(status).toBe(422)
    expect(problemSchema.parse(body)).toMatchObject({
      code: 'request.invalid',
      errors: [{ pointer: '/outbound_hosts/1' }],
    })
  })

  test('is for owners and admins, and no key', async () => {
    for (const role of ['builder', 'reviewer', 'privacy', 'auditor'] as const) {
      const credential = await api.a.makeOperatorToken(role)
      expect((await api.a.call('PATCH', path, { credential, body: { outbound_hosts: null } })).status).toBe(403)
    }
    expect((await api.a.call('PATCH', path, { body: { outbound_hosts: null } })).status).toBe(403)
  })

  test('refuses unknown fields and more than a hundred hosts', async () => {
    const many = Array.from({ length: 101 }, (_, index) => `h${index}.example`)
    expect((await patch({ outbound_hosts: many })).status).toBe(422)
    expect((await patch({ outbound_hosts: null, limits: {} })).status).toBe(422)
    expect((await patch({})).status).toBe(422)
  })
})
