import { encodeId, type Uuid } from '@hyponema/contract'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { lockClaimed } from './require-claim.ts'
import { type EscalationRow, listClaimsOf, setOpen } from './store.ts'

/** Somebody else gets this long to take it, before it counts as unanswered. */
const secondChanceMs = 120_000

/** Gives it back to the queue. Until somebody else takes it the agent goes on. */
export async function releaseEscalation(
  tx: AuditedTx,
  input: { readonly principal: Principal; readonly id: Uuid; readonly clock: Clock },
): Promise<void> {
  await release(tx, await lockClaimed(tx, input.principal, { id: input.id, orManager: true }), input.clock)
}

/** Who is no member any more talks to nobody any more. */
export async function releaseClaimsOf(tx: AuditedTx, operatorId: Uuid, clock: Clock): Promise<void> {
  for (const row of await listClaimsOf(tx, encodeId('operator', operatorId))) await release(tx, row, clock)
}

/** Puts a claimed one back into the queue, whoever does it; the caller audits. */
export async function reopenEscalation(tx: WorkspaceTx, row: EscalationRow, clock: Clock): Promise<void> {
  const dueAt = new Date(clock.nowMs() + secondChanceMs)
  await setOpen(tx, row.id, dueAt)
  await tx.dispatchPut('escalation_due', row.id, dueAt)
  await tx.signal('escalation', row.sessionId)
}

async function release(tx: AuditedTx, row: EscalationRow, clock: Clock): Promise<void> {
  await reopenEscalation(tx, row, clock)
  await tx.audit({
    action: 'escalation.released',
    target: { kind: 'escalation', id: row.id },
    before: { state: 'claimed', claimed_by: row.claimedBy ?? '' },
    after: { state: 'open' },
  })
}
