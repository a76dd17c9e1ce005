import { type EventType, encodeId, type Uuid } from '@hyponema/contract'
import type { ContentKeys } from '../../guards/content-keys.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { insertEvent } from './store.ts'

/** Facts of an event: ids in public form, enums, numbers and cleared words. */
type EventData = Readonly<Record<string, string | number | boolean | null>>

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
  const text = JSON.stringify({
    id: encodeId('event', event.id),
    type: event.type,
    created_at: event.createdAt.toISOString(),
    data: event.data,
  })
  const body = key.seal({ table: 'outbox', column: 'body', rowId: event.id }, text)
  key.destroy()
  await insertEvent(tx, { id: event.id, type: event.type, userId: event.userId, body, createdAt: event.createdAt })
}
