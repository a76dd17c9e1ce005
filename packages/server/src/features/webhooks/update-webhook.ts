import type { Uuid, updateWebhookSchema } from '@hyponema/contract'
import type { z } from 'zod'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import type { Clock } from '../../kernel/clock.ts'
import { notFound } from '../../kernel/path-id.ts'
import { lockWebhook, setWebhook } from './store.ts'

/**
 * Changes the fields that are given. Another URL, which has been judged, is another receiver: the endpoint is unverified
 * again, and what it is owed waits until the new one has echoed a challenge.
 */
export async function updateWebhook(
  tx: AuditedTx,
  input: {
    readonly id: Uuid
    readonly clock: Clock
    readonly change: z.infer<typeof updateWebhookSchema>
    /** Of the URL, where one is given. */
    readonly host: string | undefined
  },
): Promise<void> {
  const { id, change, host } = input
  const webhook = await lockWebhook(tx, id)
  if (webhook === undefined) throw notFound('webhook')
  const isMoved = change.url !== undefined && change.url !== webhook.url
  await setWebhook(tx, {
    id,
    now: new Date(input.clock.nowMs()),
    description: change.description,
    eventTypes: change.event_types,
    ordered: change.ordered,
    ...(isMoved ? { url: change.url, ...asUnverified } : {}),
  })
  if (isMoved) await tx.dispatchDone('webhook', id)
  // What waited behind an event that fails would wait for its next attempt, a day perhaps.
  else if (webhook.state === 'enabled' && webhook.ordered && change.ordered === false)
    await tx.dispatchPut('webhook', id, new Date(0))
  await tx.audit({
    action: 'webhook.updated',
    target: { kind: 'webhook', id },
    before: { state: webhook.state },
    after: { fields: Object.keys(change).sort(), ...(isMoved ? { host, state: 'unverified' } : {}) },
  })
}

const asUnverified = {
  state: 'unverified',
  disabledReason: null,
  verifiedAt: null,
  failingSince: null,
  consecutiveFailures: 0,
} as const
