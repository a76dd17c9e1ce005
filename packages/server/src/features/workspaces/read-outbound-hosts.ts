import { AppError } from '../../kernel/app-error.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { readSettings } from './read-settings.ts'
import { findWorkspace } from './store.ts'

/** The hosts that calls of this workspace may go to, for the outbound door; null where it narrows nothing. */
export async function readOutboundHosts(tx: WorkspaceTx): Promise<readonly string[] | null> {
  const row = await findWorkspace(tx)
  if (row === undefined) throw new AppError('request.not_found', 'no such workspace')
  return readSettings(row.settings).outboundHosts
}
