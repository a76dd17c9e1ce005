import { type EventType, encodeId, type Uuid } from '@hyponema/contract'
import type { ContentKey } from '../../guards/content-keys.ts'
import type { SealedContent } from '../../platform/crypto/sealed-content.ts'

/**
 * The body of an event as it is delivered (`eventBodySchema` of the contract), rendered once and sealed for its row, so that
 * every attempt and replay has the same bytes. Wipes the key.
 */
export function sealEvent(
  key: ContentKey,
  event: {
    readonly id: Uuid
    readonly type: EventType
    readonly createdAt: Date
    /** What the catalogue asks for the type; `NewEvent` and the catalogue's own examples hold callers to it. */
    readonly data: Readonly<Record<string, unknown>>
  },
): SealedContent {
  const { id, type, createdAt, data } = event
  const text = JSON.stringify({ id: encodeId('event', id), type, created_at: createdAt.toISOString(), data })
  try {
    return key.seal({ table: 'outbox', column: 'body', rowId: id }, text)
  } finally {
    key.destroy()
  }
}
