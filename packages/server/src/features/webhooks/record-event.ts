import { encodeId, type EventType, type Uuid } from '@hyponema/contract'
import type { ContentKeys } from '../../guards/content-keys.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'

/** Facts of an event: ids in public form, enums, numbers and cleared words. */
export type EventData = Readonly<Record<string, string | number | boolean | null>>

/**
 * Writes an event into the outbox in the transaction of the fact that it tells: both commit or neither. The body is
 * rendered once, here, and sealed under the user's key, so that every delivery of it is byte-equal and an erasure takes
 * it along. The same id twice writes one event.
 */
export async function recordEvent(
  tx: WorkspaceTx,
  event: {
    readonly id: Uuid
    readonly type: EventType
    readonly userId: Uuid
    readonly contentKeys: ContentKeys
    readonly createdAt: Date
    readonly data: EventData
  },
): Promise<void> {
  const key = await event.contentKeys.forUser(tx, event.userId)
  const body = JSON.stringify({
    id: encodeId('event', event.id),
    type: event.type,
    created_at: event.createdAt.toISOString(),
    data: event.data,
  })
  await tx.db
    .insertInto('tenant.outbox')
    .values({
      workspace_id: tx.workspaceId,
      id: event.id,
      type: event.type,
      user_id: event.userId,
      body: key.seal({ table: 'outbox', column: 'body', rowId: event.id }, body),
      created_at: event.createdAt,
    })
    .onConflict((conflict) => conflict.columns(['workspace_id', 'id']).doNothing())
    .execute()
}
