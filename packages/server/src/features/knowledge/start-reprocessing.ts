import type { Uuid } from '@hyponema/contract'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import { notFound } from '../../kernel/path-id.ts'
import { claimNewRound } from './claim-attempt.ts'
import { lockKnowledge, setKnowledgeState } from './store.ts'

/** Whatever the clocks of this process and of the database say to each other. */
const atOnce = new Date(0)

/** Has a source read again from its file. What agents find now stays until the new passages are there, all of them. */
export async function startReprocessing(
  tx: AuditedTx,
  { id, clock }: { readonly id: Uuid; readonly clock: Clock },
): Promise<void> {
  const row = await lockKnowledge(tx, id)
  if (row === undefined) throw notFound('knowledge')
  if (row.state !== 'ready' && row.state !== 'failed')
    throw new AppError('knowledge.in_progress', `the source is ${row.state}`, { retryAfterSeconds: 2 })
  const now = new Date(clock.nowMs())
  await setKnowledgeState(tx, { id, now, state: 'queued', attempts: claimNewRound(row.attempts) })
  await tx.dispatchPut('knowledge', id, atOnce)
  await tx.audit({
    action: 'knowledge.reprocessed',
    target: { kind: 'knowledge', id },
    before: { state: row.state, revision: row.revision },
  })
}
