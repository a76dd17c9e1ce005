import type { Uuid } from '@hyponema/contract'
import { notFound } from '../../kernel/path-id.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { findWorkspace } from '../workspaces/public.ts'

/** The workspace that the transaction is in. */
export async function readWorkspace(tx: WorkspaceTx): Promise<{ id: Uuid; name: string }> {
  const workspace = await findWorkspace(tx)
  if (workspace === undefined) throw notFound('workspace')
  return { id: tx.workspaceId, name: workspace.name }
}
