import type { AuditedTx } from '../../guards/audited-transaction.ts'
import { insertWorkspace } from './store.ts'

/**
 * Makes the workspace whose scope the transaction already has: under row-level security a workspace is born inside
 * itself, and no login needs to see more than one.
 */
export async function createWorkspace(tx: AuditedTx, input: { name: string }): Promise<void> {
  await insertWorkspace(tx, input.name)
  await tx.audit({ action: 'workspace.created', target: { kind: 'workspace', id: tx.workspaceId } })
}
