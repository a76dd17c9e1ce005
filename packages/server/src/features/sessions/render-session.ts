import { type createdSessionSchema, encodeId, type sessionSchema, type Uuid } from '@hyponema/contract'
import type { z } from 'zod'
import type { SessionRow } from './store.ts'

/** Signs a `turn` token for a session as it stands in its row. */
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

/** The answer to a creation. Voice has no socket yet, so both socket URLs are null. */
export function renderCreatedSession(
  row: SessionRow,
  options: { token: string | null; publicOrigin: string },
): z.infer<typeof createdSessionSchema> {
  const id = encodeId('session', row.id)
  return {
    id,
    status: row.status,
    ws_url: null,
    signed_url: null,
    messages_url: `${options.publicOrigin}/v1/sessions/${id}/messages`,
    token: options.token,
    ...(options.token === null ? { secret_already_shown: true } : {}),
    expires_at: row.expiresAt.toISOString(),
  }
}
