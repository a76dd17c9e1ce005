import type { Uuid } from '@hyponema/contract'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { claimAttempt } from './claim-attempt.ts'
import { failSource } from './fail-source.ts'
import { deleteOtherRevisions, type KnowledgeRow, lockKnowledge, putKnowledgeDue, setKnowledgeState } from './store.ts'

/** Five signs of life fit into it; a worker that was killed holds its sources for as long. */
export const holdMs = 60_000

/** One try at one source, which proves itself by the number of the try. */
export type Claimed = {
  readonly id: Uuid
  readonly attempt: number
  readonly source: KnowledgeRow
}

/**
 * Begins a try where the source waits for one, or where the last one gave no sign of life any more. What that one left is taken
 * away first. A wake-up, never an authority: a source that waits for nothing is left as it is.
 */
export async function claimSource(tx: WorkspaceTx, id: Uuid, nowMs: number): Promise<Claimed | undefined> {
  const source = await lockKnowledge(tx, id)
  if (source === undefined || (source.state !== 'queued' && source.state !== 'processing')) {
    await tx.dispatchDone('knowledge', id)
    return undefined
  }
  const attempt = claimAttempt({ state: source.state, attempts: source.attempts })
  if (attempt === undefined) {
    await failSource(tx, source, { code: 'knowledge.interrupted', detail: cutOff, nowMs })
    return undefined
  }
  await deleteOtherRevisions(tx, { id, keep: source.revision })
  await setKnowledgeState(tx, { id, now: new Date(nowMs), state: 'processing', attempts: attempt })
  await putKnowledgeDue(tx, id, holdMs)
  return { id, attempt, source }
}

const cutOff =
  'Reading it was cut off three times, by stops of the server or by what it does to its reader. Process it again; if that fails too, send it in another form.'

/** Whether the try is still the one that counts. Holds the row; whoever finds `false` writes nothing and stops. */
export async function isStillClaimed(tx: WorkspaceTx, { id, attempt }: Claimed): Promise<boolean> {
  const row = await lockKnowledge(tx, id)
  return row?.state === 'processing' && row.attempts === attempt
}
