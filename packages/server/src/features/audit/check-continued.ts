import { readCheckpoint } from '../../platform/crypto/checkpoint.ts'
import { edgeRoot, growTiles, type TileEdge } from '../../platform/crypto/merkle-tiles.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { type AuditHead, listLeaves } from './store.ts'

const leavesPerPage = 10_000

/**
 * Whether the tree in the database begins with the one that the stored checkpoint signs. A newer file than the row remembers is
 * what a crash between the two leaves, or a database that was put back: the root says which.
 */
export async function checkContinued(
  tx: WorkspaceTx,
  { head, stored }: { head: AuditHead; stored: Buffer | undefined },
): Promise<boolean> {
  if (stored === undefined) return head.note === null
  if (stored.toString() === head.note) return true
  const last = readCheckpoint(stored.toString())
  if (last === undefined || last.size <= head.noteSize || last.size > head.size) return false
  return last.root.equals(await rootAt(tx, last.size))
}

/** The root that the tree had when it was of that size, from the rows: what the files say is what is judged. */
async function rootAt(tx: WorkspaceTx, size: number): Promise<Buffer> {
  let edge: TileEdge = []
  for (let from = 0; from < size; from += leavesPerPage) {
    const leaves = await listLeaves(tx, { from, to: Math.min(from + leavesPerPage, size) })
    edge = growTiles(edge, { size: from, leaves }).edge
  }
  return edgeRoot(edge)
}
