import { type contactAttemptSchema, encodeId, type openedContactAttemptSchema } from '@hyponema/contract'
import type { z } from 'zod'
import type { ContentKeys } from '../../guards/content-keys.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { reasonOf } from './check-contact.ts'
import { openAttempt } from './seal-contact.ts'
import type { AttemptRow } from './store.ts'

/** What may be shown without opening anything. */
export function renderAttempt(row: AttemptRow): z.infer<typeof contactAttemptSchema> {
  return {
    id: encodeId('contactAttempt', row.id),
    decision: row.state === 'denied' ? 'deny' : row.state === 'deferred' ? 'defer' : 'allow',
    allowed_at: row.allowedAt?.toISOString() ?? null,
    reasons: row.ruleIds.map((ruleId) => ({ rule_id: ruleId, reason: reasonOf(ruleId) })),
    state: row.state,
    user_id: encodeId('user', row.userId),
    agent_id: encodeId('agent', row.agentId),
    channel: row.channel,
    class: row.class,
    policy_sha256: row.policySha256.toString('hex'),
    expires_at: row.expiresAt?.toISOString() ?? null,
    created_at: row.createdAt.toISOString(),
    reported_at: row.reportedAt?.toISOString() ?? null,
  }
}

/** With whom, about what and why, for somebody who reads it: the caller audits that. */
export async function renderOpenedAttempt(
  tx: WorkspaceTx,
  row: AttemptRow,
  contentKeys: ContentKeys,
): Promise<z.infer<typeof openedContactAttemptSchema>> {
  const key = await contentKeys.forUser(tx, row.userId)
  try {
    return { ...renderAttempt(row), ...openAttempt(key, row.id, row.content) }
  } finally {
    key.destroy()
  }
}
