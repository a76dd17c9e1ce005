import type { Uuid } from '@hyponema/contract'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import type { Clock } from '../../kernel/clock.ts'
import { notFound } from '../../kernel/path-id.ts'
import { lockWebhook, setWebhook } from './store.ts'

/** Ends sending at once. What the endpoint is owed waits; one that is disabled already keeps its reason. */
export async function disableWebhook(tx: AuditedTx, { id, clock }: { id: Uuid; clock: Clock }): Promise<Uuid> {
  const webhook = await lockWebhook(tx, id)
  if (webhook === undefined) throw notFound('webhook')
  if (webhook.state === 'disabled') return tx.withoutChange(id)
  await setWebhook(tx, { id, now: new Date(clock.nowMs()), state: 'disabled', disabledReason: 'by_operator' })
  await tx.dispatchDone('webhook', id)
  await tx.audit({
    action: 'webhook.disabled',
    target: { kind: 'webhook', id },
    before: { state: webhook.state },
    after: { disabled_reason: 'by_operator' },
  })
  return id
}
