import type { Uuid } from '@hyponema/contract'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import { notFound } from '../../kernel/path-id.ts'
import { deleteCredentialRow } from '../credentials/public.ts'
import { deleteWebhookRow, lockWebhook } from './store.ts'

/** Deletes an endpoint, its signing secrets, what it is owed and every attempt. What is on its way may still arrive. */
export async function deleteWebhook(tx: AuditedTx, id: Uuid): Promise<void> {
  const webhook = await lockWebhook(tx, id)
  if (webhook === undefined) throw notFound('webhook')
  await deleteWebhookRow(tx, id)
  await deleteCredentialRow(tx, webhook.hmacCredentialId)
  if (webhook.ed25519CredentialId !== null) await deleteCredentialRow(tx, webhook.ed25519CredentialId)
  await tx.dispatchDone('webhook', id)
  await tx.dispatchDone('webhook_care', id)
  await tx.audit({ action: 'webhook.deleted', target: { kind: 'webhook', id } })
}
