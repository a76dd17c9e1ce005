import type { WorkspaceLimits } from '@hyponema/contract'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { findSettings } from './find-settings.ts'

/** What the workspace of this transaction may do, as it stands now. */
export async function readLimits(tx: WorkspaceTx): Promise<WorkspaceLimits> {
  return (await findSettings(tx)).limits
}
