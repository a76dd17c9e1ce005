import type { EventData, EventType, Uuid } from '@hyponema/contract'
import type { ContentKeys } from '../../guards/content-keys.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { sealEvent } from './seal-event.ts'
import { insertEvent } from './store.ts'

/** A fact to be told, with the data that the catalogue asks for its type. */
export type NewEvent = {
  [Type in EventType]: {
    readonly id: Uuid
    readonly type: Type
    /** Whose key seals it, and whose erasure takes it along. Null: it is about nobody, and lies under the workspace's. */
    readonly userId: Uuid | null
    /** Of which session it tells: an endpoint may ask for the events of each in their order. */
    readonly sessionId: Uuid | null
    readonly contentKeys: ContentKeys
    readonly createdAt: Date
    readonly data: EventData<Type>
  }
}[EventType]

/**
 * Writes an event into the outbox in the transaction of the fact that it tells: both commit or neither. The body is
 * rendered once, here, and sealed, so that every delivery of it is byte-equal and an erasure takes it along. The same id
 * twice writes one event. Where an endpoint is enabled the worker is told of it with the commit.
 */
export async function recordEvent(tx: WorkspaceTx, event: NewEvent): Promise<void> {
  const { id, type, userId, sessionId, createdAt, contentKeys } = event
  const key = await (userId === null ? contentKeys.forWorkspace(tx) : contentKeys.forUser(tx, userId))
  const body = sealEvent(key, { id, type, createdAt, data: event.data })
  const isAwaited = await insertEvent(tx, { id, type, userId, sessionId, body, createdAt })
  if (isAwaited) await tx.dispatchPut('outbox', id, createdAt)
}
