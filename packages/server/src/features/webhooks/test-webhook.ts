import { type EventType, eventCatalogue, type Uuid } from '@hyponema/contract'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import type { ContentKeys } from '../../guards/content-keys.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { NewId } from '../../kernel/new-id.ts'
import { notFound } from '../../kernel/path-id.ts'
import { sealEvent } from './seal-event.ts'
import { insertTestEvent, lockWebhook, putDeliveries } from './store.ts'

/**
 * Queues an event with the catalogue's example data for this endpoint alone, whatever its filter says. It is signed, sent,
 * retried and listed like every other. Returns the event's id.
 */
export async function testWebhook(
  tx: AuditedTx,
  input: {
    readonly id: Uuid
    readonly type: EventType
    readonly clock: Clock
    readonly newId: NewId
    readonly contentKeys: ContentKeys
  },
): Promise<Uuid> {
  const { id, type, newId } = input
  const webhook = await lockWebhook(tx, id)
  if (webhook === undefined) throw notFound('webhook')
  if (webhook.state !== 'enabled') throw new AppError('webhook.not_enabled', `webhook ${id} is ${webhook.state}`)
  const eventId = newId()
  const createdAt = new Date(input.clock.nowMs())
  const key = await input.contentKeys.forWorkspace(tx)
  const body = sealEvent(key, { id: eventId, type, createdAt, data: eventCatalogue[type].example })
  await insertTestEvent(tx, { id: eventId, type, body, createdAt, webhookId: id })
  await putDeliveries(tx, { webhookId: id, deliveries: [{ id: newId(), eventId }], now: createdAt })
  await tx.dispatchPut('webhook', id, createdAt)
  await tx.audit({ action: 'webhook.tested', target: { kind: 'webhook', id }, after: { type } })
  return eventId
}
