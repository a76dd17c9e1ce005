import { z } from 'zod'
import type { apiClient } from './api-client.ts'
import type { CallerSession } from './voice-caller.ts'

const createdSchema = z.object({ id: z.string(), token: z.string(), ws_url: z.string() })

/** Opens a session that speaks and is typed to, as a customer's backend would. Throws with what was answered when that is refused. */
export async function openVoiceSession(
  call: ReturnType<typeof apiClient>,
  agentId: string,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<CallerSession & { readonly id: string }> {
  const { status, body } = await call('POST', '/v1/sessions', {
    agent_id: agentId,
    user_id: 'ada',
    modality: 'voice+text',
    ...fields,
  })
  if (status !== 201) throw new Error(JSON.stringify(body))
  const made = createdSchema.parse(body)
  return { id: made.id, token: made.token, wsUrl: made.ws_url }
}
