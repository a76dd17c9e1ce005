import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { insertEscalation, type NewEscalation } from './store.ts'

/** Calls somebody, in the transaction of the turn that asked for it. The same id twice calls once. */
export async function recordEscalation(tx: WorkspaceTx, escalation: NewEscalation): Promise<void> {
  await insertEscalation(tx, escalation)
  await tx.dispatchPut('escalation_due', escalation.id, escalation.dueAt)
  await tx.signal('escalation', escalation.sessionId)
}
