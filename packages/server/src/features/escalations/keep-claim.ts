/**
 * Threat: who has taken a talk over closes the page, loses the network or falls over; the agent stays silent, and a person who needs
 * somebody talks to nobody.
 * Rule: a claim is kept by looking at the talk or writing to it. Two minutes without either, and it goes back to the queue; the agent goes
 * on, and somebody else may take it.
 * On failure: the worker's row stays due and is taken again; the rows decide, not the wake-up.
 */
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { type EscalationRow, setAttended } from './store.ts'

/** A page looks every few seconds; a network may be gone for a minute. */
export const claimLeaseMs = 120_000
/** One write in this time is enough. */
const writtenEveryMs = 15_000

/** Whoever has claimed it is there. */
export async function keepClaim(tx: WorkspaceTx, row: EscalationRow, nowMs: number): Promise<void> {
  if (nowMs - (row.attendedAt?.getTime() ?? 0) >= writtenEveryMs) await setAttended(tx, row, new Date(nowMs))
}

/** Until when a claimed one is kept by what was seen of its operator. */
export function claimEndsAt({ attendedAt, claimedAt, createdAt }: EscalationRow): Date {
  return new Date((attendedAt ?? claimedAt ?? createdAt).getTime() + claimLeaseMs)
}
