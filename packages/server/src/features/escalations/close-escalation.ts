import { decodeId, type EscalationOutcome, encodeId, type UnansweredAction } from '@hyponema/contract'
import type { ContentKeys } from '../../guards/content-keys.ts'
import type { NewId } from '../../kernel/new-id.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { recordEvent } from '../webhooks/public.ts'
import { type EscalationRow, setResolved } from './store.ts'

/** Closes one that is locked and not resolved, whoever does it: an operator, the clock, or the end of its session. */
export async function closeEscalation(
  tx: WorkspaceTx,
  row: EscalationRow,
  end: {
    readonly outcome: EscalationOutcome
    readonly fallback: UnansweredAction | null
    /** Undefined: nobody did. */
    readonly by: string | undefined
    readonly now: Date
    readonly newId: NewId
    readonly contentKeys: ContentKeys
  },
): Promise<void> {
  const { outcome, fallback, by, now, newId, contentKeys } = end
  await setResolved(tx, row.id, { by: by ?? null, at: now, outcome, fallback })
  await tx.dispatchDone('escalation_due', row.id)
  await recordEvent(tx, {
    id: newId(),
    type: 'escalation.resolved',
    userId: row.userId,
    sessionId: row.sessionId,
    contentKeys,
    createdAt: now,
    data: {
      session_id: encodeId('session', row.sessionId),
      decision_id: encodeId('decision', row.decisionId),
      outcome,
      fallback,
      resolved_by: by !== undefined && decodeId('operator', by) !== undefined ? by : null,
      waited_ms: Math.max(0, (row.claimedAt ?? now).getTime() - row.createdAt.getTime()),
    },
  })
  await tx.signal('escalation', row.sessionId)
}
