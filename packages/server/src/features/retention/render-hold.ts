import { encodeId, type legalHoldSchema } from '@hyponema/contract'
import type { z } from 'zod'
import type { HoldRow } from './store.ts'

export function renderHold(row: HoldRow): z.infer<typeof legalHoldSchema> {
  return {
    id: encodeId('legalHold', row.id),
    user_id: row.userId === null ? null : encodeId('user', row.userId),
    agent_id: row.agentId === null ? null : encodeId('agent', row.agentId),
    reason: row.reason,
    created_by: row.createdBy,
    created_at: row.createdAt.toISOString(),
    until: row.until?.toISOString() ?? null,
    released_at: row.releasedAt?.toISOString() ?? null,
    released_by: row.releasedBy,
  }
}
