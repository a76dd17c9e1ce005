/**
 * Threat: what was deleted is found later: in a search, in a row, in the folder of files.
 * Rule: the row is held, then the file goes, then the row with everything that was derived from it, in one transaction; whoever
 * is reading the source writes nothing any more, because each of its writes asks for the row first.
 * On failure: killed or refused after the file went, the source is still there without its file, and deleting it again ends it.
 */
import type { Uuid } from '@hyponema/contract'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import { notFound } from '../../kernel/path-id.ts'
import type { ObjectStore } from '../../platform/objects/object-store.ts'
import { deleteKnowledge as deleteRow, lockKnowledge } from './store.ts'

export async function deleteKnowledge(
  tx: AuditedTx,
  { id, objects }: { readonly id: Uuid; readonly objects: Pick<ObjectStore, 'delete'> },
): Promise<void> {
  const row = await lockKnowledge(tx, id)
  if (row === undefined) throw notFound('knowledge')
  await objects.delete({ workspaceId: tx.workspaceId, objectId: id })
  await deleteRow(tx, id)
  await tx.dispatchDone('knowledge', id)
  await tx.audit({
    action: 'knowledge.deleted',
    target: { kind: 'knowledge', id },
    before: { sha256: row.contentSha256.toString('hex'), chunk_count: row.chunkCount },
  })
}
