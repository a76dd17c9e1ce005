import type { EventType, Uuid } from '@hyponema/contract'
import type { SealedContent } from '../../platform/crypto/sealed-content.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'

/** Writes an event once: the same id again changes nothing. */
export async function insertEvent(
  tx: WorkspaceTx,
  event: { id: Uuid; type: EventType; userId: Uuid | null; body: SealedContent; createdAt: Date },
): Promise<void> {
  await tx.db
    .insertInto('tenant.outbox')
    .values({
      workspace_id: tx.workspaceId,
      id: event.id,
      type: event.type,
      user_id: event.userId,
      body: event.body,
      created_at: event.createdAt,
    })
    .onConflict((conflict) => conflict.columns(['workspace_id', 'id']).doNothing())
    .execute()
}
