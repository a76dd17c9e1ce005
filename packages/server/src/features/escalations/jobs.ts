/**
 * What the worker does to escalations. Each is a wake-up, never an authority: the row decides.
 *
 * escalation_due   open, due -> resolved (unanswered, with what the rule asks for) | claimed, left alone -> open, due in two minutes |
 *                  not yet: put again | otherwise nothing
 * session_finish   open -> resolved (unanswered) | claimed -> resolved (taken_over): its session has ended
 */
import type { Uuid } from '@hyponema/contract'
import type { ContentKeys } from '../../guards/content-keys.ts'
import { writeAuditEvent } from '../../guards/write-audit-event.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { NewId } from '../../kernel/new-id.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { findSession } from '../sessions/public.ts'
import { closeEscalation } from './close-escalation.ts'
import { claimEndsAt } from './keep-claim.ts'
import { reopenEscalation } from './release-escalation.ts'
import { type EscalationRow, listOfSession, lockEscalation } from './store.ts'

export type EscalationJobDependencies = {
  readonly contentKeys: ContentKeys
  readonly clock: Clock
  readonly newId: NewId
}
type EscalationJob = (tx: WorkspaceTx, id: Uuid) => Promise<void>

export function escalationJobs(deps: EscalationJobDependencies) {
  const giveUpWaiting: EscalationJob = async (tx, id) => {
    const row = await lockEscalation(tx, id)
    const now = new Date(deps.clock.nowMs())
    if (row?.state === 'claimed') return takeBack(tx, row, now)
    if (row?.state !== 'open') return
    if (row.dueAt > now) return tx.dispatchPut('escalation_due', id, row.dueAt)
    // The line is said, and the session ended, by whoever owns the session: it is told with the commit.
    await closeEscalation(tx, row, { ...deps, outcome: 'unanswered', fallback: row.onUnanswered, by: undefined, now })
  }
  const takeBack = async (tx: WorkspaceTx, row: EscalationRow, now: Date): Promise<void> => {
    const endsAt = claimEndsAt(row)
    if (endsAt > now) return tx.dispatchPut('escalation_due', row.id, endsAt)
    await reopenEscalation(tx, row, deps.clock)
    await writeAuditEvent(
      tx,
      { ...deps, actor: { kind: 'system', id: 'worker' } },
      {
        action: 'escalation.released',
        target: { kind: 'escalation', id: row.id },
        before: { state: 'claimed', claimed_by: row.claimedBy ?? '' },
        after: { state: 'open' },
        reason: 'who had taken it was not there any more',
      },
    )
  }
  const closeOfEndedSession: EscalationJob = async (tx, sessionId) => {
    const session = await findSession(tx, sessionId)
    if (session === undefined || session.endedAt === null) return
    for (const { id } of await listOfSession(tx, sessionId)) {
      const row = await lockEscalation(tx, id)
      if (row === undefined || row.state === 'resolved') continue
      const now = new Date(deps.clock.nowMs())
      const outcome = row.state === 'claimed' ? 'taken_over' : 'unanswered'
      const by = row.claimedBy ?? undefined
      await closeEscalation(tx, row, { ...deps, outcome, fallback: null, by, now })
    }
  }
  return { giveUpWaiting, closeOfEndedSession }
}
