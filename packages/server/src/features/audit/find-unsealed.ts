import { uuidTimeMs } from '@hyponema/contract'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { countUnsealed, findHead } from './store.ts'

export type Unsealed = {
  /** Events that have no number in the tree. */
  readonly events: number
  /** For how long the oldest of them has waited; 0 where none waits. About a second is as it should be. */
  readonly oldestMs: number
  /** Numbered events that no signed checkpoint covers yet. */
  readonly unsigned: number
}

/**
 * What of the log of this workspace is not protected by the tree yet. Every event is compared with every seal, so that one whose
 * dispatch row was lost is found, which the sealer would never see (evidence-and-privacy 1).
 */
export async function findUnsealed(tx: WorkspaceTx, now: Date): Promise<Unsealed> {
  const { count, oldest } = await countUnsealed(tx)
  const head = await findHead(tx)
  return {
    events: count,
    oldestMs: oldest === undefined ? 0 : Math.max(0, now.getTime() - uuidTimeMs(oldest)),
    unsigned: head === undefined ? 0 : head.size - head.noteSize,
  }
}
