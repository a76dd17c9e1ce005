import { decodeEdge, tilePath, tileWidth } from '../../platform/crypto/merkle-tiles.ts'
import { merkleRoot } from '../../platform/crypto/merkle-tree.ts'
import type { LogStore } from '../../platform/objects/log-store.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { type AuditHead, listLeaves } from './store.ts'

/** Every tile that has grown since the last checkpoint, which is of `noteSize` leaves. */
export async function writeTiles(logs: LogStore, tx: WorkspaceTx, head: AuditHead): Promise<void> {
  for (let level = 0; ; level += 1) {
    const span = tileWidth ** level
    const from = Math.floor(head.noteSize / span)
    const to = Math.floor(head.size / span)
    if (to === 0) return
    if (to === from) continue
    for (let index = Math.floor(from / tileWidth); index * tileWidth < to; index += 1) {
      const width = Math.min(tileWidth, to - index * tileWidth)
      const hashes = await tileHashes(tx, head, { level, index, width })
      await logs.put(tx.workspaceId, tilePath({ level, index, width }), Buffer.concat(hashes))
      if (width === tileWidth) await logs.removePartial(tx.workspaceId, tilePath({ level, index, width }))
    }
  }
}

/** The hashes of one tile: of leaves from their rows, above them from the edge of the tree or from the tiles below. */
async function tileHashes(
  tx: WorkspaceTx,
  head: AuditHead,
  { level, index, width }: { level: number; index: number; width: number },
): Promise<readonly Buffer[]> {
  const from = index * tileWidth
  if (level === 0) return listLeaves(tx, { from, to: from + width })
  if (width < tileWidth) return decodeEdge(head.edge)[level - 1] ?? []
  const hashes: Buffer[] = []
  for (let child = from; child < from + width; child += 1)
    hashes.push(merkleRoot(await tileHashes(tx, head, { level: level - 1, index: child, width: tileWidth })))
  return hashes
}
