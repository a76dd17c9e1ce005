import type { EscalationOutcome, Uuid } from '@hyponema/contract'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import type { ContentKeys } from '../../guards/content-keys.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { NewId } from '../../kernel/new-id.ts'
import type { Principal } from '../../kernel/principal.ts'
import { principalName } from '../../kernel/principal-name.ts'
import { closeEscalation } from './close-escalation.ts'
import { claimedBy, lockClaimed, lockReadable } from './require-claim.ts'
import type { EscalationRow } from './store.ts'

export type ResolveInput = {
  readonly principal: Principal
  readonly id: Uuid
  readonly clock: Clock
  readonly newId: NewId
  readonly contentKeys: ContentKeys
}

/** Closes it. What nobody has taken can be closed by anybody; what somebody has taken, by that one. The agent goes on. */
export async function resolveEscalation(
  tx: AuditedTx,
  input: ResolveInput & { readonly outcome: Exclude<EscalationOutcome, 'unanswered' | 'taken_over'> },
): Promise<void> {
  const row = await lockReadable(tx, input.principal, input.id)
  if (row.state === 'resolved') throw new AppError('escalation.resolved', 'the escalation is closed')
  if (row.state === 'claimed' && row.claimedBy !== principalName(input.principal).id) throw claimedBy(row)
  await close(tx, row, { ...input, action: 'escalation.resolved' })
}

/** Gives the talk back to the agent, which has all of it in its prompt. */
export async function returnEscalation(tx: AuditedTx, input: ResolveInput): Promise<void> {
  const row = await lockClaimed(tx, input.principal, { id: input.id })
  await close(tx, row, { ...input, outcome: 'taken_over', action: 'escalation.returned' })
}

async function close(
  tx: AuditedTx,
  row: EscalationRow,
  input: ResolveInput & { readonly outcome: EscalationOutcome; readonly action: string },
): Promise<void> {
  const { outcome, action, newId, contentKeys } = input
  const by = principalName(input.principal).id
  const now = new Date(input.clock.nowMs())
  await closeEscalation(tx, row, { outcome, fallback: null, by, now, newId, contentKeys })
  await tx.audit({
    action,
    target: { kind: 'escalation', id: row.id },
    before: { state: row.state },
    after: { state: 'resolved', outcome },
  })
}
