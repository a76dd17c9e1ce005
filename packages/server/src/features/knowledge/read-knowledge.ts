import type { Uuid } from '@hyponema/contract'
import { notFound } from '../../kernel/path-id.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { findKnowledge, type KnowledgeRow } from './store.ts'

/** The source of that id; one of another workspace is not there. */
export async function readKnowledge(tx: WorkspaceTx, id: Uuid): Promise<KnowledgeRow> {
  const row = await findKnowledge(tx, id)
  if (row === undefined) throw notFound('knowledge')
  return row
}
