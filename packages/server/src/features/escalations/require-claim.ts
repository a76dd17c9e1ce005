/**
 * Threat: somebody talks to a person in the name of the operator who took the talk over, or ends it under his hands.
 * Rule: only who has claimed an escalation writes, gives back or closes it; an owner or an administrator may take it from somebody
 * who has left it lying.
 * On failure: escalation.not_claimed, escalation.claimed or escalation.resolved; nothing is written.
 */
import type { Uuid } from '@hyponema/contract'
import { requireAgentAllowed } from '../../guards/agent-allowed.ts'
import { AppError } from '../../kernel/app-error.ts'
import { notFound } from '../../kernel/path-id.ts'
import type { Principal } from '../../kernel/principal.ts'
import { principalName } from '../../kernel/principal-name.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { type EscalationRow, findEscalation, lockEscalation } from './store.ts'

/** The escalation, or the one answer for "not there", "not yours" and "not an agent of this key". */
export async function findReadable(tx: WorkspaceTx, principal: Principal, id: Uuid): Promise<EscalationRow> {
  return readable(await findEscalation(tx, id), principal)
}

/** The same with its row locked, for who changes it. */
export async function lockReadable(tx: WorkspaceTx, principal: Principal, id: Uuid): Promise<EscalationRow> {
  return readable(await lockEscalation(tx, id), principal)
}

/** Claimed by this principal when it was read. Who only looks keeps nobody waiting. */
export async function findClaimed(tx: WorkspaceTx, principal: Principal, id: Uuid): Promise<EscalationRow> {
  return claimed(await findReadable(tx, principal, id), principal, false)
}

/** Claimed by this principal, locked. */
export async function lockClaimed(
  tx: WorkspaceTx,
  principal: Principal,
  { id, orManager = false }: { readonly id: Uuid; readonly orManager?: boolean },
): Promise<EscalationRow> {
  return claimed(await lockReadable(tx, principal, id), principal, orManager)
}

function readable(row: EscalationRow | undefined, principal: Principal): EscalationRow {
  if (row === undefined) throw notFound('escalation')
  requireAgentAllowed(principal, row.agentId)
  return row
}

function claimed(row: EscalationRow, principal: Principal, orManager: boolean): EscalationRow {
  if (row.state === 'resolved') throw new AppError('escalation.resolved', 'the escalation is closed')
  if (row.state === 'open') throw new AppError('escalation.not_claimed', 'nobody has claimed it')
  const isManager = principal.kind === 'operator' && (principal.role === 'owner' || principal.role === 'admin')
  if (row.claimedBy !== principalName(principal).id && !(orManager && isManager)) throw claimedBy(row)
  return row
}

export function claimedBy(row: EscalationRow): AppError {
  return new AppError('escalation.claimed', `claimed by ${row.claimedBy ?? 'nobody'}`)
}
