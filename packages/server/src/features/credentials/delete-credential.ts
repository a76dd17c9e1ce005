import { isManagedCredential, type Uuid } from '@hyponema/contract'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import { AppError } from '../../kernel/app-error.ts'
import { notFound } from '../../kernel/path-id.ts'
import { deleteCredentialRow, lockCredential } from './store.ts'

/** Deletes every sealed version at once. Running sessions let go of the copy that they loaded, as after a revocation. */
export async function deleteCredential(tx: AuditedTx, id: Uuid): Promise<void> {
  const credential = await lockCredential(tx, id)
  if (credential === undefined) throw notFound('credential')
  if (isManagedCredential(credential)) throw new AppError('credential.managed', `credential ${id} is an endpoint's`)
  await deleteCredentialRow(tx, id)
  await tx.signal('credential.revoked', id)
  await tx.audit({ action: 'credential.deleted', target: { kind: 'credential', id } })
}
