import { decodeId, encodeId, eventTypes, type replayWebhookSchema, type Uuid } from '@hyponema/contract'
import type { z } from 'zod'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { NewId } from '../../kernel/new-id.ts'
import { notFound } from '../../kernel/path-id.ts'
import { findSendableEvent, listEventsSince, lockWebhook, putDeliveries } from './store.ts'

export type Replayed = { readonly queued: number; readonly nextSince: Date | null }

/** One transaction writes as many rows in less than a second; the answer says where the next replay goes on. */
const maxEvents = 10_000

/** As long as events are kept. */
const maxAgeMs = 30 * 24 * 60 * 60 * 1000

/** Makes one event, or all since a time that the filter takes, due again with a whole row of attempts before each. */
export async function replayEvents(
  tx: AuditedTx,
  input: {
    readonly id: Uuid
    readonly body: z.infer<typeof replayWebhookSchema>
    readonly clock: Clock
    readonly newId: NewId
  },
): Promise<Replayed> {
  const { id, body, clock, newId } = input
  const webhook = await lockWebhook(tx, id)
  if (webhook === undefined) throw notFound('webhook')
  if (webhook.state !== 'enabled') throw new AppError('webhook.not_enabled', `webhook ${id} is ${webhook.state}`)
  const now = new Date(clock.nowMs())
  const { eventIds, nextSince } =
    body.since === undefined
      ? { eventIds: [await namedEvent(tx, { webhookId: id, eventId: body.event_id ?? '' })], nextSince: null }
      : await eventsSince(tx, { since: readSince(body.since, now), patterns: webhook.eventTypes })
  const deliveries = eventIds.map((eventId) => ({ id: newId(), eventId }))
  const queued = await putDeliveries(tx, { webhookId: id, deliveries, now })
  await tx.dispatchPut('webhook', id, now)
  await tx.audit({
    action: 'webhook.replayed',
    target: { kind: 'webhook', id },
    after: { event_id: body.event_id ?? null, since: body.since ?? null, queued },
  })
  return { queued, nextSince }
}

async function namedEvent(tx: AuditedTx, named: { webhookId: Uuid; eventId: string }): Promise<Uuid> {
  const eventId = decodeId('event', named.eventId)
  if (eventId === undefined) throw notFound('event')
  const found = await findSendableEvent(tx, { webhookId: named.webhookId, eventId })
  if (found === undefined) throw new AppError('request.not_found', `no event ${encodeId('event', eventId)} to send`)
  return found
}

async function eventsSince(
  tx: AuditedTx,
  { since, patterns }: { since: Date; patterns: readonly string[] },
): Promise<{ readonly eventIds: readonly Uuid[]; readonly nextSince: Date | null }> {
  const types = eventTypes.filter((type) =>
    patterns.some((pattern) => pattern === '*' || pattern === type || pattern === `${type.split('.')[0]}.*`),
  )
  if (types.length === 0) return { eventIds: [], nextSince: null }
  const events = await listEventsSince(tx, { since, types, limit: maxEvents + 1 })
  const next = events[maxEvents]
  return { eventIds: events.slice(0, maxEvents).map(({ id }) => id), nextSince: next?.createdAt ?? null }
}

function readSince(text: string, now: Date): Date {
  const since = new Date(text)
  const ageMs = now.getTime() - since.getTime()
  if (ageMs >= 0 && ageMs <= maxAgeMs) return since
  throw new AppError('request.invalid', 'a replay from a time that is not kept', {
    errors: [{ pointer: '/since', detail: 'expected a time of the last 30 days; older events are gone' }],
  })
}
