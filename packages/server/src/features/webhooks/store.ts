import type { EventType, Uuid } from '@hyponema/contract'
import type { SealedContent } from '../../platform/crypto/sealed-content.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'

/**
 * Writes an event once: the same id again changes nothing. True when it has to be sent, which is when the workspace has an
 * endpoint that is enabled now; otherwise it is kept for a replay only.
 */
export async function insertEvent(
  tx: WorkspaceTx,
  event: {
    id: Uuid
    type: EventType
    userId: Uuid | null
    sessionId: Uuid | null
    body: SealedContent
    createdAt: Date
  },
): Promise<boolean> {
  const row = await tx.db
    .insertInto('tenant.outbox')
    .values((eb) => ({
      workspace_id: tx.workspaceId,
      id: event.id,
      type: event.type,
      user_id: event.userId,
      session_id: event.sessionId,
      body: event.body,
      created_at: event.createdAt,
      state: eb
        .case()
        .when(eb.exists(eb.selectFrom('tenant.webhooks').select('id').where('state', '=', 'enabled')))
        .then(eb.val<'pending' | 'dispatched'>('pending'))
        .else(eb.val<'pending' | 'dispatched'>('dispatched'))
        .end(),
    }))
    .onConflict((conflict) => conflict.columns(['workspace_id', 'id']).doNothing())
    .returning('state')
    .executeTakeFirst()
  return row?.state === 'pending'
}

/** Whether an event of this type has been written for the session of this person. */
export async function isRecorded(
  tx: WorkspaceTx,
  event: { type: EventType; userId: Uuid; sessionId: Uuid },
): Promise<boolean> {
  const row = await tx.db
    .selectFrom('tenant.outbox')
    .select('id')
    // By the person first, because that is what has an index.
    .where('user_id', '=', event.userId)
    .where('session_id', '=', event.sessionId)
    .where('type', '=', event.type)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}
