/**
 * there -> removed: seen, sent to and signed for no more (this request) -> what is left of it goes in batches (worker) -> gone
 */
import type { Uuid } from '@hyponema/contract'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import type { Clock } from '../../kernel/clock.ts'
import { notFound } from '../../kernel/path-id.ts'
import { deleteCredentialRow } from '../credentials/public.ts'
import { lockWebhook, setRemoved } from './store.ts'

/** Whatever the clocks of this process and of the database say to each other. */
const atOnce = new Date(0)

/**
 * Ends an endpoint and deletes its signing secrets. What it was owed and every attempt are left to the worker: there may be
 * more than one statement can remove. What is on its way may still arrive.
 */
export async function deleteWebhook(tx: AuditedTx, { id, clock }: { id: Uuid; clock: Clock }): Promise<void> {
  const webhook = await lockWebhook(tx, id)
  if (webhook === undefined) throw notFound('webhook')
  await setRemoved(tx, { id, now: new Date(clock.nowMs()) })
  await deleteCredentialRow(tx, webhook.hmacCredentialId)
  if (webhook.ed25519CredentialId !== null) await deleteCredentialRow(tx, webhook.ed25519CredentialId)
  await tx.dispatchDone('webhook', id)
  await tx.dispatchDone('webhook_care', id)
  await tx.dispatchPut('webhook_removal', id, atOnce)
  await tx.audit({ action: 'webhook.deleted', target: { kind: 'webhook', id } })
}
