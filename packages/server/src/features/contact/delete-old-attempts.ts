/**
 * Threat: what is removed is what a cap counts, so that somebody is called again whom the law lets alone for a year.
 * Rule: an attempt that counts stays for as long as the longest window of a cap, however short the rule of retention is; what
 * was refused, put off or cancelled counts nowhere and leaves by the rule.
 * On failure: the transaction of the caller is rolled back, and everything stays.
 */
import type { Uuid } from '@hyponema/contract'
import { uuidFloor } from '../../kernel/uuid-floor.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { deleteCountedAttempts, deleteUncountedAttempts } from './store.ts'

/** As long as the longest window of a cap, and a day: an attempt may be made that long after it was reserved. */
export const longestWindowMs = (8760 + 24) * 3_600_000

/** Removes attempts from before `before`, at most `limit` of each kind. Returns how many, and whether there may be more. */
export async function deleteOldAttempts(
  tx: WorkspaceTx,
  options: {
    readonly before: Date
    readonly now: Date
    readonly heldUsers: readonly Uuid[]
    readonly heldAgents: readonly Uuid[]
    readonly limit: number
  },
): Promise<{ readonly rows: number; readonly hasMore: boolean }> {
  const { before, now, heldUsers, heldAgents, limit } = options
  const held = { heldUsers, heldAgents, limit }
  const countedBefore = uuidFloor(Math.min(before.getTime(), now.getTime() - longestWindowMs))
  const counted = await deleteCountedAttempts(tx, { before: countedBefore, ...held }, now)
  const others = await deleteUncountedAttempts(tx, { before: uuidFloor(before.getTime()), ...held })
  return { rows: counted + others, hasMore: counted === limit || others === limit }
}
