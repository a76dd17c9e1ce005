import type { WorkspaceLimits } from '@hyponema/contract'
import { AppError } from '../../kernel/app-error.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { readSettings } from './read-settings.ts'
import { findWorkspace } from './store.ts'

/** What the workspace of this transaction may do, as it stands now. */
export async function readLimits(tx: WorkspaceTx): Promise<WorkspaceLimits> {
  const row = await findWorkspace(tx)
  if (row === undefined) throw new AppError('request.not_found', 'no such workspace')
  return readSettings(row.settings).limits
}
