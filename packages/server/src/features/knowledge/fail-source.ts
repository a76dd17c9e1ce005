import type { ErrorCode } from '@hyponema/contract'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { deleteOtherRevisions, type KnowledgeRow, setKnowledgeState } from './store.ts'

/** What the column holds. */
const maxDetail = 500

/** Ends the tries at a source that is held. What agents found before, they go on finding. `detail` is in our words only. */
export async function failSource(
  tx: WorkspaceTx,
  { id, revision }: Pick<KnowledgeRow, 'id' | 'revision'>,
  { code, detail, nowMs }: { readonly code: ErrorCode; readonly detail: string; readonly nowMs: number },
): Promise<void> {
  await deleteOtherRevisions(tx, { id, keep: revision })
  const error = { code, detail: detail === '' ? null : detail.slice(0, maxDetail) }
  await setKnowledgeState(tx, { id, now: new Date(nowMs), state: 'failed', error })
  await tx.dispatchDone('knowledge', id)
}
