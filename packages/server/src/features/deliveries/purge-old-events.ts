import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { deleteOldAttempts, deleteOldEvents, failOldDeliveries } from './store.ts'

const dayMs = 24 * 60 * 60 * 1000
/** Attempts and events are kept as long at most (secrets-and-outbound 3); a replay reaches back as far. */
const mostDays = 30
/** In one transaction, which holds up nobody for long. */
const mostDeleted = 2_000

/**
 * Removes what is older than its rule, or than 30 days, in the workspace of the transaction, a batch of it; what still waited has
 * failed.
 */
export async function purgeOldEvents(
  tx: WorkspaceTx,
  { nowMs, keptDays = mostDays }: { readonly nowMs: number; readonly keptDays?: number },
): Promise<{ readonly rows: number; readonly hasMore: boolean }> {
  const old = { before: new Date(nowMs - Math.min(keptDays, mostDays) * dayMs), limit: mostDeleted }
  await failOldDeliveries(tx, { before: old.before, now: new Date(nowMs) })
  const attempts = await deleteOldAttempts(tx, old)
  const events = await deleteOldEvents(tx, old)
  return { rows: attempts + events, hasMore: attempts === mostDeleted || events === mostDeleted }
}
