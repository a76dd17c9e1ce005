import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { findSettings } from './find-settings.ts'

/** The hosts that calls of this workspace may go to, for the outbound door; null where it narrows nothing. */
export async function readOutboundHosts(tx: WorkspaceTx): Promise<readonly string[] | null> {
  return (await findSettings(tx)).outboundHosts
}
