import {
  agentSchema,
  agentVersionSchema,
  createdSessionSchema,
  createdWebhookSchema,
  decodeId,
  type IdKind,
  type Uuid,
  webhookVerificationSchema,
} from '@hyponema/contract'
import { scriptedDocument } from './agent-documents.ts'
import type { ApiWorkspace } from './api-harness.ts'

export type MadeAgent = { readonly id: string; readonly uuid: Uuid }

/** Makes an agent and publishes its first version, by the public door. */
export async function publishedAgent(
  workspace: ApiWorkspace,
  document: object = scriptedDocument(),
): Promise<MadeAgent> {
  const agent = await draftAgent(workspace, document)
  const published = await workspace.call('POST', `/v1/agents/${agent.id}/publish`, { body: {} })
  if (published.status !== 201) throw new Error(`expected a published agent, got ${published.text}`)
  agentVersionSchema.parse(published.body)
  return agent
}

export async function draftAgent(workspace: ApiWorkspace, document: object = scriptedDocument()): Promise<MadeAgent> {
  const made = await workspace.call('POST', '/v1/agents', { body: { name: 'Tester', document } })
  if (made.status !== 201) throw new Error(`expected an agent, got ${made.text}`)
  const { id } = agentSchema.parse(made.body)
  return { id, uuid: bareId('agent', id) }
}

export type MadeSession = { readonly id: string; readonly uuid: Uuid; readonly token: string }

export async function createdSession(
  workspace: ApiWorkspace,
  agent: { readonly id: string },
  body: object = {},
): Promise<MadeSession> {
  const made = await workspace.call('POST', '/v1/sessions', {
    body: { agent_id: agent.id, user_id: 'person-1', ...body },
  })
  if (made.status !== 201) throw new Error(`expected a session, got ${made.text}`)
  const { id, token } = createdSessionSchema.parse(made.body)
  return { id, uuid: bareId('session', id), token: token ?? '' }
}

export type MadeWebhook = { readonly id: string; readonly uuid: Uuid; readonly secret: string }

/** An endpoint that has echoed no challenge. */
export async function createdWebhook(workspace: ApiWorkspace, body: object = {}): Promise<MadeWebhook> {
  const made = await workspace.call('POST', '/v1/webhooks', {
    body: { url: 'https://hooks.example.com/in', event_types: ['*'], ...body },
  })
  if (made.status !== 201) throw new Error(`expected an endpoint, got ${made.text}`)
  const { id, secret } = createdWebhookSchema.parse(made.body)
  return { id, uuid: bareId('webhook', id), secret: secret ?? '' }
}

/** An endpoint that events are sent to. */
export async function verifiedWebhook(workspace: ApiWorkspace, body: object = {}): Promise<MadeWebhook> {
  const made = await createdWebhook(workspace, body)
  const answer = await workspace.call('POST', `/v1/webhooks/${made.id}/verify`, { body: {} })
  if (answer.status !== 200 || !webhookVerificationSchema.parse(answer.body).verified)
    throw new Error(`expected a verified endpoint, got ${answer.text}`)
  return made
}

export function bareId(kind: IdKind, id: string): Uuid {
  const uuid = decodeId(kind, id)
  if (uuid === undefined) throw new Error(`${id} is no id of a ${kind}`)
  return uuid
}
