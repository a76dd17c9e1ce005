import { encodeId, type IdKind } from '@hyponema/contract'
import { z } from 'zod'
import { type Api, type ApiWorkspace, newId } from './api-harness.ts'
import { createdSource } from './knowledge-worker.ts'
import { createdSession, publishedAgent, verifiedWebhook } from './made-things.ts'
import { openSealer } from './seal-log.ts'
import { say } from './talk.ts'

/** The nouns whose routes take an id, and what such an id is. */
export const kindOf = {
  agents: 'agent',
  users: 'user',
  'topic-cooldowns': 'topicCooldown',
  credentials: 'credential',
  sessions: 'session',
  'api-keys': 'apiKey',
  members: 'operator',
  invitations: 'invitation',
  webhooks: 'webhook',
  knowledge: 'knowledge',
  'contact-attempts': 'contactAttempt',
  policies: 'policy',
  escalations: 'escalation',
  'audit-events': 'auditEvent',
  'legal-holds': 'legalHold',
} as const satisfies Readonly<Record<string, IdKind>>

export type Noun = keyof typeof kindOf

export function isNoun(text: string): text is Noun {
  return Object.hasOwn(kindOf, text)
}

/** One id of each noun. */
export type Ids = Readonly<Record<Noun, string>>

export type Inhabited = {
  readonly ids: Ids
  /** Words and ids that stand in this workspace and nowhere else. */
  readonly marks: readonly string[]
}

const madeSchema = z.object({ id: z.string() })

/** Puts one thing of each noun into a workspace, and a conversation. */
export async function inhabit(api: Api, workspace: ApiWorkspace, mark: string): Promise<Inhabited> {
  const externalId = `person of ${mark}`
  const agent = await publishedAgent(workspace)
  const session = await createdSession(workspace, agent, { user_id: externalId })
  await say(api, session, `words of ${mark}`)
  const called = await calledPerson(api, workspace, agent)
  const user = await workspace.call('POST', '/v1/users', {
    body: { external_id: `${externalId} too`, profile: { name: `name of ${mark}` } },
  })
  const userId = madeSchema.parse(user.body).id
  const cooldown = await workspace.call('POST', `/v1/users/${userId}/topic-cooldowns`, {
    body: { topic: `agent/topic.of-${mark.toLowerCase().replaceAll(/[^a-z0-9]/g, '-')}` },
  })
  const credential = await workspace.call('POST', '/v1/credentials', {
    credential: await workspace.makeOperatorToken(),
    body: { kind: 'model', provider: 'openai', label: `label of ${mark}`, secret: `sk-12345678-${mark}` },
  })
  const key = await workspace.call('POST', '/v1/api-keys', {
    credential: await workspace.makeOperatorToken(),
    body: { label: `key of ${mark}`, scopes: ['agents:read'] },
  })
  const invitation = await workspace.call('POST', '/v1/invitations', {
    credential: await workspace.makeOperatorToken(),
    body: { email: `invited-${mark.toLowerCase().replaceAll(/[^a-z0-9]/g, '-')}@example.com`, role: 'builder' },
  })
  const contact = await workspace.call('POST', '/v1/contact-attempts', {
    body: { agent_id: agent.id, user_id: externalId, subject: `subject of ${mark}`, number: '+4930123456' },
  })
  const ids: Ids = {
    agents: agent.id,
    sessions: session.id,
    users: userId,
    'topic-cooldowns': madeSchema.parse(cooldown.body).id,
    credentials: madeSchema.parse(credential.body).id,
    'api-keys': madeSchema.parse(key.body).id,
    members: (await workspace.makeMember('builder')).operator,
    invitations: madeSchema.parse(invitation.body).id,
    webhooks: (await verifiedWebhook(workspace, { description: `endpoint of ${mark}` })).id,
    knowledge: await readySource(api, workspace, mark),
    'contact-attempts': madeSchema.parse(contact.body).id,
    policies: await draftPolicy(workspace, mark),
    escalations: called,
    'audit-events': await sealedEvent(api, workspace),
    'legal-holds': madeSchema.parse(
      (await workspace.call('POST', '/v1/legal-holds', { body: { reason: `reason of ${mark}` } })).body,
    ).id,
  }
  const marks = [mark, workspace.id, encodeId('workspace', workspace.id), ...Object.values(ids)]
  return { ids, marks }
}

/** A policy with a published version that is not in force, so that it may be changed, rolled back and deleted. */
async function draftPolicy(workspace: ApiWorkspace, mark: string): Promise<string> {
  const name = `policy-of-${mark.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`.replace(/-$/, '')
  const { id } = madeSchema.parse((await workspace.call('POST', '/v1/policies', { body: { name } })).body)
  await workspace.call('POST', `/v1/policies/${id}/publish`, { body: {} })
  await workspace.call('POST', `/v1/policies/${id}/rollback`, { body: { version: null } })
  return id
}

/** Somebody who is in danger, and waits for a person. */
export async function calledPerson(api: Api, workspace: ApiWorkspace, agent: { readonly id: string }): Promise<string> {
  const session = await createdSession(workspace, agent, { user_id: 'somebody in danger' })
  await say(api, session, 'I want to die.')
  const listed = await workspace.call('GET', '/v1/escalations?state=open&limit=200')
  const { data } = z.object({ data: z.array(madeSchema.extend({ session_id: z.string() })) }).parse(listed.body)
  const found = data.find(({ session_id: of }) => of === session.id)
  if (found === undefined) throw new Error(`nobody was called: ${listed.text}`)
  return found.id
}

/** As a worker leaves it, so that it may be read again. */
async function readySource(api: Api, workspace: ApiWorkspace, mark: string): Promise<string> {
  const { id, uuid } = await createdSource(workspace, { name: `source of ${mark}`, text: `document of ${mark}` })
  await api.ask("update tenant.knowledge set state = 'ready', processed_at = now() where id = $1", [uuid])
  return id
}

/** An event of the log that has its number in the tree. */
async function sealedEvent(api: Api, workspace: ApiWorkspace): Promise<string> {
  await openSealer(api).runOnce()
  const listed = await workspace.call('GET', '/v1/audit-events?limit=1')
  const { data } = z.object({ data: z.array(madeSchema) }).parse(listed.body)
  if (data[0] === undefined) throw new Error(`no event: ${listed.text}`)
  return data[0].id
}

/** Ids of the same kinds that nobody has. */
export function nobodysIds(): Ids {
  return {
    agents: encodeId('agent', newId()),
    users: encodeId('user', newId()),
    'topic-cooldowns': encodeId('topicCooldown', newId()),
    credentials: encodeId('credential', newId()),
    sessions: encodeId('session', newId()),
    'api-keys': encodeId('apiKey', newId()),
    members: encodeId('operator', newId()),
    invitations: encodeId('invitation', newId()),
    webhooks: encodeId('webhook', newId()),
    knowledge: encodeId('knowledge', newId()),
    'contact-attempts': encodeId('contactAttempt', newId()),
    policies: encodeId('policy', newId()),
    escalations: encodeId('escalation', newId()),
    'audit-events': encodeId('auditEvent', newId()),
    'legal-holds': encodeId('legalHold', newId()),
  }
}
