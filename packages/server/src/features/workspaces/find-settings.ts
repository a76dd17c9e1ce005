import { AppError } from '../../kernel/app-error.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { readSettings, type WorkspaceSettings } from './read-settings.ts'
import { findWorkspace } from './store.ts'

/** What holds for the workspace of this transaction, as it stands now: its limits, and where its calls may go. */
export async function findSettings(tx: WorkspaceTx): Promise<WorkspaceSettings> {
  const row = await findWorkspace(tx)
  if (row === undefined) throw new AppError('request.not_found', 'no such workspace')
  return readSettings(row.settings)
}
