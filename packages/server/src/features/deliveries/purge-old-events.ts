import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { deleteOldAttempts, deleteOldEvents, failOldDeliveries } from './store.ts'

/** Attempts and events are kept as long (secrets-and-outbound 3); a replay reaches back as far. */
const keptMs = 30 * 24 * 60 * 60 * 1000
/** In one transaction, which holds up nobody for long. */
const mostDeleted = 2_000

/**
 * Removes what is older than 30 days in the workspace of the transaction, a batch of it; what still waited has failed. Returns
 * whether there may be more.
 */
export async function purgeOldEvents(tx: WorkspaceTx, nowMs: number): Promise<boolean> {
  const old = { before: new Date(nowMs - keptMs), limit: mostDeleted }
  await failOldDeliveries(tx, { before: old.before, now: new Date(nowMs) })
  const attempts = await deleteOldAttempts(tx, old)
  const events = await deleteOldEvents(tx, old)
  return attempts === mostDeleted || events === mostDeleted
}
