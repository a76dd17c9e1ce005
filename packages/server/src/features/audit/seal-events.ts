import { decodeEdge, edgeRoot, encodeEdge, growTiles, tileWidth } from '../../platform/crypto/merkle-tiles.ts'
import { emptyRoot } from '../../platform/crypto/merkle-tree.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { insertHead, insertSeals, listLeaves, lockHead, takeSeals, updateHead } from './store.ts'

/**
 * Gives the events that are owed a seal their numbers, at most `most` of them, and returns how many there were. Whoever holds the
 * head seals; a transaction that fails owes them again, so that none is skipped and none has two numbers
 * (evidence-and-privacy 1). The checkpoint is owed in the same transaction.
 */
export async function sealEvents(tx: WorkspaceTx, options: { most: number; now: Date }): Promise<number> {
  await insertHead(tx, emptyRoot)
  const head = await lockHead(tx)
  const owed = await takeSeals(tx, options.most)
  if (owed.length === 0) return 0
  const leaves = await insertSeals(tx, { from: head.size, eventIds: owed })
  if (leaves.length === 0) return owed.length
  const begun = await listLeaves(tx, { from: head.size - (head.size % tileWidth), to: head.size })
  const before = [begun, ...decodeEdge(head.edge)]
  const { edge } = growTiles(before, { size: head.size, leaves })
  await updateHead(tx, {
    size: head.size + leaves.length,
    edge: encodeEdge(edge.slice(1)),
    root: edgeRoot(edge),
    sealedAt: options.now,
  })
  await tx.dispatchPut('audit_checkpoint', tx.workspaceId, options.now)
  return owed.length
}
