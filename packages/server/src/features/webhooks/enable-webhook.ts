import type { Uuid } from '@hyponema/contract'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import { notFound } from '../../kernel/path-id.ts'
import { lockWebhook, setWebhook } from './store.ts'

/** disabled, and verified before -> enabled, with its failures forgotten; what it is owed is due again. */
export async function enableWebhook(tx: AuditedTx, { id, clock }: { id: Uuid; clock: Clock }): Promise<Uuid> {
  const webhook = await lockWebhook(tx, id)
  if (webhook === undefined) throw notFound('webhook')
  if (webhook.verifiedAt === null) throw new AppError('webhook.not_verified', `webhook ${id} never echoed a challenge`)
  if (webhook.state === 'enabled') return tx.withoutChange(id)
  const now = new Date(clock.nowMs())
  await setWebhook(tx, {
    id,
    now,
    state: 'enabled',
    disabledReason: null,
    failingSince: null,
    consecutiveFailures: 0,
  })
  await tx.dispatchPut('webhook', id, now)
  await tx.audit({
    action: 'webhook.enabled',
    target: { kind: 'webhook', id },
    before: { state: webhook.state, disabled_reason: webhook.disabledReason },
  })
  return id
}
