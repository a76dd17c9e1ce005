import type { Uuid } from '@hyponema/contract'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import { notFound } from '../../kernel/path-id.ts'
import { deleteCredentialRow } from './store.ts'

/** Deletes the sealed key at once. Live sessions keep the copy that they loaded until they end. */
export async function deleteCredential(tx: AuditedTx, id: Uuid): Promise<void> {
  if (!(await deleteCredentialRow(tx, id))) throw notFound('credential')
  await tx.audit({ action: 'credential.deleted', target: { kind: 'credential', id } })
}
