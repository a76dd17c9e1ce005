import type { Uuid } from '@hyponema/contract'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Principal } from '../../kernel/principal.ts'
import { principalName } from '../../kernel/principal-name.ts'
import { findSession } from '../sessions/public.ts'
import { claimLeaseMs } from './keep-claim.ts'
import { claimedBy, lockReadable } from './require-claim.ts'
import { setClaimed } from './store.ts'

/** Takes it over: from now on the model is not asked, and whoever claimed it reads the talk. Claiming it twice changes nothing. */
export async function claimEscalation(
  tx: AuditedTx,
  input: { readonly principal: Principal; readonly id: Uuid; readonly clock: Clock },
): Promise<void> {
  const row = await lockReadable(tx, input.principal, input.id)
  const by = principalName(input.principal).id
  if (row.state === 'resolved') throw new AppError('escalation.resolved', 'the escalation is closed')
  if (row.state === 'claimed') {
    if (row.claimedBy !== by) throw claimedBy(row)
    return tx.withoutChange(undefined)
  }
  const session = await findSession(tx, row.sessionId)
  if (session === undefined || session.endedAt !== null)
    throw new AppError('session.not_live', 'the session has ended; there is nobody to talk to')
  const nowMs = input.clock.nowMs()
  await setClaimed(tx, row.id, { by, at: new Date(nowMs) })
  await tx.dispatchPut('escalation_due', row.id, new Date(nowMs + claimLeaseMs))
  await tx.signal('escalation', row.sessionId)
  await tx.audit({
    action: 'escalation.claimed',
    target: { kind: 'escalation', id: row.id },
    before: { state: row.state },
    after: { state: 'claimed', queue: row.queue },
  })
}
