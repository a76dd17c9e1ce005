/** Every mutating route leaves its event in the same transaction, as canonical bytes whose leaf hash anybody can compute. */
import { createHash } from 'node:crypto'
import { auditEventSchema, encodeId, pageSchema, parseUuid } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { canonicalJson } from '../../packages/server/src/platform/crypto/canonical-json.ts'
import { scriptedDocument } from './agent-documents.ts'
import { type Api, newId, openApi } from './api-harness.ts'
import type { Answer } from './call-api.ts'
import { contactActs } from './contact-acts.ts'
import { escalationActs } from './escalation-acts.ts'
import { createdSource, openKnowledgeWorker, sendFile } from './knowledge-worker.ts'
import { createdSession, draftAgent, publishedAgent, verifiedWebhook } from './made-things.ts'
import { policyActs } from './policy-acts.ts'
import { readRoutes } from './read-routes.ts'
import { retentionActs } from './retention-acts.ts'

type Act = { readonly action: string; readonly run: (api: Api, operator: string) => Promise<Answer> }

const user = async (api: Api, external: string): Promise<string> =>
  idOf(await api.a.call('POST', '/v1/users', { body: { external_id: external } }))
const newCredential = (api: Api, credential: string) =>
  api.a.call('POST', '/v1/credentials', {
    credential,
    body: { kind: 'model', provider: 'openai', label: 'l', secret: 'sk-12345678' },
  })
const credentialPath = async (api: Api, credential: string): Promise<string> =>
  `/v1/credentials/${idOf(await newCredential(api, credential))}`

const newKey = (api: Api, credential: string) =>
  api.a.call('POST', '/v1/api-keys', { credential, body: { label: 'audited', scopes: ['agents:read'] } })
const keyPath = async (api: Api, credential: string): Promise<string> =>
  `/v1/api-keys/${idOf(await newKey(api, credential))}`
const invite = (api: Api, credential: string, email: string) =>
  api.a.call('POST', '/v1/invitations', { credential, body: { email, role: 'builder' } })

const sourcePath = async (api: Api): Promise<string> => `/v1/knowledge/${(await createdSource(api.a)).id}`
const webhookPath = async (api: Api): Promise<string> => `/v1/webhooks/${(await verifiedWebhook(api.a)).id}`

/** Says what a document would do, and keeps nothing. */
const readsByPost = new Set(['POST /v1/policies/{id}/check'])

/** One success of every mutating route. A route of the API document that is missing here fails the suite. */
const acts: Readonly<Record<string, Act>> = {
  'POST /v1/agents': {
    action: 'agent.created',
    run: (api) => api.a.call('POST', '/v1/agents', { body: { name: 'x', document: scriptedDocument() } }),
  },
  'PATCH /v1/agents/{id}': {
    action: 'agent.updated',
    run: async (api) => api.a.call('PATCH', `/v1/agents/${(await draftAgent(api.a)).id}`, { body: { name: 'y' } }),
  },
  'POST /v1/agents/{id}/publish': {
    action: 'agent.published',
    run: async (api) => api.a.call('POST', `/v1/agents/${(await draftAgent(api.a)).id}/publish`, { body: {} }),
  },
  'POST /v1/agents/{id}/rollback': {
    action: 'agent.rolled_back',
    run: async (api) =>
      api.a.call('POST', `/v1/agents/${(await publishedAgent(api.a)).id}/rollback`, { body: { version: 1 } }),
  },
  'POST /v1/users': {
    action: 'user.created',
    run: (api) => api.a.call('POST', '/v1/users', { body: { external_id: 'audited' } }),
  },
  'PATCH /v1/users/{id}': {
    action: 'user.updated',
    run: async (api) => api.a.call('PATCH', `/v1/users/${await user(api, 'changed')}`, { body: { language: 'fr' } }),
  },
  'POST /v1/users/{id}/topic-cooldowns': {
    action: 'topic_cooldown.started',
    run: async (api) =>
      api.a.call('POST', `/v1/users/${await user(api, 'rested')}/topic-cooldowns`, {
        body: { topic: 'agent/topic.ex' },
      }),
  },
  'DELETE /v1/topic-cooldowns/{id}': {
    action: 'topic_cooldown.reset',
    run: async (api) => {
      const path = `/v1/users/${await user(api, 'reset')}/topic-cooldowns`
      const begun = await api.a.call('POST', path, { body: { topic: 'agent/topic.ex' } })
      return api.a.call('DELETE', `/v1/topic-cooldowns/${idOf(begun)}`)
    },
  },
  'POST /v1/credentials': { action: 'credential.created', run: newCredential },
  'DELETE /v1/credentials/{id}': {
    action: 'credential.deleted',
    run: async (api, credential) =>
      api.a.call('DELETE', `/v1/credentials/${idOf(await newCredential(api, credential))}`, { credential }),
  },
  'POST /v1/credentials/{id}/rotate': {
    action: 'credential.rotated',
    run: async (api, credential) =>
      api.a.call('POST', `${await credentialPath(api, credential)}/rotate`, {
        credential,
        body: { secret: 'sk-87654321' },
      }),
  },
  'POST /v1/credentials/{id}/revoke': {
    action: 'credential.revoked',
    run: async (api, credential) =>
      api.a.call('POST', `${await credentialPath(api, credential)}/revoke`, { credential }),
  },
  'POST /v1/credentials/{id}/versions/{version}/revoke': {
    action: 'credential.version_revoked',
    run: async (api, credential) =>
      api.a.call('POST', `${await credentialPath(api, credential)}/versions/1/revoke`, { credential }),
  },
  'POST /v1/credentials/{id}/test': {
    action: 'credential.tested',
    run: async (api, credential) => {
      const path = await credentialPath(api, credential)
      const [answer, reply] = await Promise.all([
        api.a.call('POST', `${path}/test`, { credential }),
        api.door.nextRequest(),
      ])
      reply.breakOff()
      return answer
    },
  },
  'POST /v1/api-keys': { action: 'api_key.created', run: newKey },
  'PATCH /v1/api-keys/{id}': {
    action: 'api_key.updated',
    run: async (api, credential) =>
      api.a.call('PATCH', await keyPath(api, credential), { credential, body: { label: 'renamed' } }),
  },
  'POST /v1/api-keys/{id}/rotate': {
    action: 'api_key.rotated',
    run: async (api, credential) => api.a.call('POST', `${await keyPath(api, credential)}/rotate`, { credential }),
  },
  'POST /v1/api-keys/{id}/revoke': {
    action: 'api_key.revoked',
    run: async (api, credential) => api.a.call('POST', `${await keyPath(api, credential)}/revoke`, { credential }),
  },
  'POST /v1/sessions': {
    action: 'session.created',
    run: async (api) =>
      api.a.call('POST', '/v1/sessions', {
        body: { agent_id: (await publishedAgent(api.a)).id, user_id: 'audited-2' },
      }),
  },
  'POST /v1/sessions/{id}/end': {
    action: 'session.ended',
    run: async (api) => {
      const session = await createdSession(api.a, await publishedAgent(api.a))
      return api.a.call('POST', `/v1/sessions/${session.id}/end`)
    },
  },
  ...contactActs,
  ...retentionActs,
  ...policyActs,
  'POST /v1/knowledge': {
    action: 'knowledge.created',
    run: async (api) => api.a.call('POST', '/v1/knowledge', { body: { name: 'a', text: 'words' } }),
  },
  'POST /v1/knowledge/files': {
    action: 'knowledge.created',
    run: async (api) => sendFile(api.a, '?name=a.txt', 'words'),
  },
  'PATCH /v1/knowledge/{id}': {
    action: 'knowledge.updated',
    run: async (api) => api.a.call('PATCH', await sourcePath(api), { body: { name: 'b' } }),
  },
  'POST /v1/knowledge/{id}/reprocess': {
    action: 'knowledge.reprocessed',
    run: async (api) => {
      const path = await sourcePath(api)
      await openKnowledgeWorker(api).read()
      return api.a.call('POST', `${path}/reprocess`)
    },
  },
  'DELETE /v1/knowledge/{id}': {
    action: 'knowledge.deleted',
    run: async (api) => api.a.call('DELETE', await sourcePath(api)),
  },
  'POST /v1/webhooks': {
    action: 'webhook.created',
    run: (api) =>
      api.a.call('POST', '/v1/webhooks', { body: { url: 'https://hooks.example.com/a', event_types: ['*'] } }),
  },
  'PATCH /v1/webhooks/{id}': {
    action: 'webhook.updated',
    run: async (api) => api.a.call('PATCH', await webhookPath(api), { body: { description: 'changed' } }),
  },
  'DELETE /v1/webhooks/{id}': {
    action: 'webhook.deleted',
    run: async (api) => api.a.call('DELETE', await webhookPath(api)),
  },
  ...escalationActs,
  'POST /v1/webhooks/{id}/verify': {
    action: 'webhook.verified',
    run: async (api) => api.a.call('POST', `${await webhookPath(api)}/verify`),
  },
  'POST /v1/webhooks/{id}/rotate-secret': {
    action: 'webhook.secret_rotated',
    run: async (api) => api.a.call('POST', `${await webhookPath(api)}/rotate-secret`),
  },
  'POST /v1/webhooks/{id}/disable': {
    action: 'webhook.disabled',
    run: async (api) => api.a.call('POST', `${await webhookPath(api)}/disable`),
  },
  'POST /v1/webhooks/{id}/enable': {
    action: 'webhook.enabled',
    run: async (api) => {
      const path = await webhookPath(api)
      await api.a.call('POST', `${path}/disable`)
      return api.a.call('POST', `${path}/enable`)
    },
  },
  'POST /v1/webhooks/{id}/test': {
    action: 'webhook.tested',
    run: async (api) => api.a.call('POST', `${await webhookPath(api)}/test`, { body: { type: 'session.started' } }),
  },
  'POST /v1/webhooks/{id}/replay': {
    action: 'webhook.replayed',
    run: async (api) =>
      api.a.call('POST', `${await webhookPath(api)}/replay`, {
        body: { since: new Date(api.clock.nowMs()).toISOString() },
      }),
  },
  'PATCH /v1/workspaces/current': {
    action: 'workspace.outbound_hosts_changed',
    run: (api, credential) =>
      api.a.call('PATCH', '/v1/workspaces/current', { credential, body: { outbound_hosts: ['api.example.com'] } }),
  },
  'PATCH /v1/members/{id}': {
    action: 'member.role_changed',
    run: async (api, credential) => {
      const { operator } = await api.a.makeMember('builder')
      return api.a.call('PATCH', `/v1/members/${operator}`, { credential, body: { role: 'auditor' } })
    },
  },
  'DELETE /v1/members/{id}': {
    action: 'member.removed',
    run: async (api, credential) =>
      api.a.call('DELETE', `/v1/members/${(await api.a.makeMember('builder')).operator}`, { credential }),
  },
  'DELETE /v1/members/me': {
    action: 'member.left',
    run: async (api) =>
      api.a.call('DELETE', '/v1/members/me', { credential: await (await api.a.makeMember('builder')).token() }),
  },
  'POST /v1/members/me/sign-out-everywhere': {
    action: 'operator.signed_out_everywhere',
    run: (api, credential) => api.a.call('POST', '/v1/members/me/sign-out-everywhere', { credential }),
  },
  'POST /v1/invitations': {
    action: 'invitation.created',
    run: (api, credential) => invite(api, credential, 'audited-1@example.com'),
  },
  'POST /v1/invitations/{id}/send': {
    action: 'invitation.sent_again',
    run: async (api, credential) =>
      api.a.call('POST', `/v1/invitations/${idOf(await invite(api, credential, 'audited-2@example.com'))}/send`, {
        credential,
      }),
  },
  'DELETE /v1/invitations/{id}': {
    action: 'invitation.revoked',
    run: async (api, credential) =>
      api.a.call('DELETE', `/v1/invitations/${idOf(await invite(api, credential, 'audited-3@example.com'))}`, {
        credential,
      }),
  },
}

type Stored = { readonly canonical: Buffer; readonly leaf_hash: Buffer; readonly action: string; readonly xmin: string }

describe('the audit trail', () => {
  let api: Api
  /** The public id of the key that the workspace calls with. */
  let keyId: string
  beforeAll(async () => {
    api = await openApi()
    const [key] = await api.ask<{ id: string }>('select id from tenant.api_keys where workspace_id = $1', [api.a.id])
    const uuid = parseUuid(key?.id ?? '')
    if (uuid === undefined) throw new Error('no key of the workspace')
    keyId = encodeId('apiKey', uuid)
  })
  afterAll(() => api.close())

  const events = () =>
    api.ask<Stored>(
      'select canonical, leaf_hash, action, xmin::text from tenant.audit_events where workspace_id = $1 order by id',
      [api.a.id],
    )

  test('every mutating route of the API document is tried here', async () => {
    const mutating = (await readRoutes(api)).filter(
      ({ name, method, permission }) => method !== 'GET' && permission !== undefined && !readsByPost.has(name),
    )
    expect(mutating.map(({ name }) => name).sort()).toEqual(Object.keys(acts).sort())
  })

  test.each(Object.entries(acts))('%s writes its event', async (_name, { action, run }) => {
    const answer = await run(api, await api.a.makeOperatorToken())
    expect(answer.status).toBeLessThan(300)
    const last = (await events()).at(-1)
    expect(last?.action).toBe(action)
    const event = JSON.parse(last?.canonical.toString('utf8') ?? '{}')
    expect(event).toMatchObject({
      version: 1,
      action,
      workspace: expect.stringMatching(/^wsp_/),
      actor: /^(credential|api_key|member|invitation|operator|workspace)\./.test(action)
        ? { kind: 'operator' }
        : { kind: 'api_key', id: keyId },
    })
    expect(event).toMatchObject({
      request_id: answer.headers.get('x-request-id'),
      address: expect.stringMatching(/^10\./),
    })
  })

  test('the event is written by the transaction of the act itself', async () => {
    const answer = await api.a.call('POST', '/v1/users', { body: { external_id: 'same-transaction' } })
    const [row] = await api.ask<{ xmin: string }>('select xmin::text from tenant.users order by id desc limit 1')
    expect(answer.status).toBe(201)
    expect((await events()).at(-1)?.xmin).toBe(row?.xmin)
  })

  test('ending what has ended answers the same and leaves no second event, by whomever', async () => {
    const session = await createdSession(api.a, await publishedAgent(api.a))
    const end = (credential?: string) =>
      api.a.call('POST', `/v1/sessions/${session.id}/end`, {
        headers: { 'idempotency-key': `end-${session.id}` },
        ...(credential === undefined ? {} : { credential }),
      })
    const first = await end()
    const before = await events()
    const others = [
      await end(),
      await end(await api.a.makeKey(['sessions:write'])),
      await end(await api.a.makeOperatorToken()),
    ]
    for (const { status, body } of others) expect([status, body]).toEqual([200, first.body])
    const after = (await events()).slice(before.length).map(({ action }) => action)
    expect(after).toEqual(['api_key.created'])
  })

  test('what is not there is not opened, and leaves no event', async () => {
    const before = await events()
    for (const path of ['users/{id}', 'sessions/{id}/turns', 'sessions/{id}/decisions']) {
      const kind = path.startsWith('users') ? 'user' : 'session'
      const answer = await api.a.call('GET', `/v1/${path.replace('{id}', encodeId(kind, newId()))}`)
      expect(answer.status).toBe(404)
    }
    expect(await events()).toHaveLength(before.length)
  })

  test('an act that is refused leaves neither a row nor an event', async () => {
    const before = await events()
    await api.a.call('POST', '/v1/users', { body: { external_id: 'same-transaction' } })
    const { id } = await draftAgent(api.a)
    await api.a.call('PATCH', `/v1/agents/${id}`, { body: { draft_revision: 99 } })
    await api.a.call('POST', `/v1/agents/${id}/rollback`, { body: { version: 5 } })
    expect((await events()).slice(before.length).map(({ action }) => action)).toEqual(['agent.created'])
  })

  test('canonical bytes are RFC 8785 and hash to their leaf (RFC 6962)', async () => {
    const stored = await events()
    expect(stored.length).toBeGreaterThan(20)
    for (const { canonical, leaf_hash: leafHash } of stored) {
      expect(canonical.toString('utf8')).toBe(canonicalJson(JSON.parse(canonical.toString('utf8'))))
      expect(createHash('sha256').update(Uint8Array.of(0)).update(canonical).digest()).toEqual(leafHash)
    }
  })

  test('the log is read newest first, by action, page by page, and shows what was hashed', async () => {
    const page = pageSchema(auditEventSchema).parse((await api.a.call('GET', '/v1/audit-events?limit=3')).body)
    const stored = (await events()).slice(-3).toReversed()
    expect(page.data.map(({ leaf_hash: hash }) => hash)).toEqual(stored.map((row) => row.leaf_hash.toString('hex')))
    for (const [index, { event }] of page.data.entries())
      expect(canonicalJson(event)).toBe(stored[index]?.canonical.toString('utf8'))
    const next = pageSchema(auditEventSchema).parse(
      (await api.a.call('GET', `/v1/audit-events?limit=3&cursor=${page.next_cursor}`)).body,
    )
    expect(next.data.map(({ id }) => id)).not.toContain(page.data[2]?.id)
    const created = pageSchema(auditEventSchema).parse(
      (await api.a.call('GET', '/v1/audit-events?action=user.created')).body,
    )
    expect(new Set(created.data.map(({ action }) => action))).toEqual(new Set(['user.created']))
  })

  test('nobody changes or removes an event', async () => {
    const [{ id } = { id: '' }] = await api.ask<{ id: string }>('select id from tenant.audit_events limit 1')
    for (const statement of [
      'update tenant.audit_events set action = action where id = $1',
      'delete from tenant.audit_events where id = $1',
    ]) {
      await expect(api.ask(statement, [id])).rejects.toThrow('append-only')
    }
  })
})

function idOf({ body, text }: Answer): string {
  if (typeof body === 'object' && body !== null && 'id' in body && typeof body.id === 'string') return body.id
  throw new Error(`no id in ${text}`)
}
