import { type createdSessionSchema, encodeId, type sessionSchema, type Uuid } from '@hyponema/contract'
import type { z } from 'zod'
import type { SessionRow } from './store.ts'

/** Signs the token of a session as it stands in its row: `turn` for text, `connect` for voice. */
export type SessionTokenIssuer = (workspaceId: Uuid, session: SessionRow) => Promise<string>

export function renderSession(row: SessionRow): z.infer<typeof sessionSchema> {
  return {
    id: encodeId('session', row.id),
    agent_id: encodeId('agent', row.agentId),
    agent_version: row.agentVersion,
    user_id: encodeId('user', row.userId),
    modality: row.modality,
    client: row.client,
    status: row.status,
    end_reason: row.endReason,
    turn_count: row.turnCount,
    policy_sha256: row.policySha256.toString('hex'),
    expires_at: row.expiresAt.toISOString(),
    created_at: row.createdAt.toISOString(),
    started_at: row.startedAt?.toISOString() ?? null,
    ended_at: row.endedAt?.toISOString() ?? null,
  }
}

/** The answer to a creation. Text has a place for messages, voice a socket. */
export function renderCreatedSession(
  row: SessionRow,
  options: { token: string | null; publicOrigin: string },
): z.infer<typeof createdSessionSchema> {
  const { token, publicOrigin } = options
  const id = encodeId('session', row.id)
  const isText = row.modality === 'text'
  // http becomes ws, https becomes wss.
  const wsUrl = isText ? null : `${publicOrigin.replace(/^http/, 'ws')}/v1/sessions/${id}/voice`
  return {
    id,
    status: row.status,
    ws_url: wsUrl,
    signed_url: wsUrl === null || token === null ? null : `${wsUrl}?token=${token}`,
    messages_url: isText ? `${publicOrigin}/v1/sessions/${id}/messages` : null,
    token,
    ...(token === null ? { secret_already_shown: true } : {}),
    expires_at: row.expiresAt.toISOString(),
  }
}
