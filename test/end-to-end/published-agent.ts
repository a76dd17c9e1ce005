import { z } from 'zod'
import type { apiClient } from './api-client.ts'

const madeSchema = z.object({ id: z.string() })
const sessionSchema = z.object({ id: z.string(), token: z.string(), messages_url: z.string(), expires_at: z.string() })

export type OpenSession = {
  readonly id: string
  readonly token: string
  readonly messagesUrl: string
  readonly expiresAtMs: number
}

/** Makes and publishes an agent over the API. Throws with what was answered when that is refused. */
export async function publishAgent(
  call: ReturnType<typeof apiClient>,
  name: string,
  document: Readonly<Record<string, unknown>>,
): Promise<string> {
  const made = await call('POST', '/v1/agents', { name, document })
  if (made.status !== 201) throw new Error(JSON.stringify(made.body))
  const { id } = madeSchema.parse(made.body)
  const published = await call('POST', `/v1/agents/${id}/publish`, {})
  if (published.status !== 201) throw new Error(JSON.stringify(published.body))
  return id
}

export async function openSession(
  call: ReturnType<typeof apiClient>,
  agentId: string,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<OpenSession> {
  const { body, status } = await call('POST', '/v1/sessions', { agent_id: agentId, user_id: 'ada', ...fields })
  if (status !== 201) throw new Error(JSON.stringify(body))
  const made = sessionSchema.parse(body)
  return {
    id: made.id,
    token: made.token,
    messagesUrl: made.messages_url,
    expiresAtMs: new Date(made.expires_at).getTime(),
  }
}
