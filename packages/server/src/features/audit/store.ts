import type { Uuid } from '@hyponema/contract'
import type { Cursor } from '../../kernel/cursor.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'

export type AuditEventRow = {
  readonly id: Uuid
  readonly action: string
  readonly actorKind: string
  readonly actorId: string
  readonly targetKind: string
  readonly targetId: string
  readonly requestId: string | null
  readonly address: string | null
  readonly userAgent: string | null
  readonly canonical: Buffer
  readonly leafHash: Buffer
  readonly occurredAt: Date
}

export async function listAuditEvents(
  tx: WorkspaceTx,
  page: { cursor: Cursor; limit: number; action: string | undefined },
): Promise<AuditEventRow[]> {
  let query = tx.db
    .selectFrom('tenant.audit_events')
    .select([
      'id',
      'action',
      'actor_kind as actorKind',
      'actor_id as actorId',
      'target_kind as targetKind',
      'target_id as targetId',
      'request_id as requestId',
      'address',
      'user_agent as userAgent',
      'canonical',
      'leaf_hash as leafHash',
      'occurred_at as occurredAt',
    ])
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
  if (page.cursor !== undefined) query = query.where('id', '<', page.cursor)
  if (page.action !== undefined) query = query.where('action', '=', page.action)
  return query.execute()
}
