/**
 * Tiles and a signed checkpoint for what was sealed (C2SP tlog-tiles, tlog-checkpoint, signed-note), into the object store.
 *
 * Threat: a database that was put back to an earlier state signs a second history over the numbers of the first.
 * Rule: the checkpoint that lies in the store is followed only by one of a tree that begins with the same leaves.
 * On failure: `audit.history_differs`; nothing is signed, and what was sealed waits.
 */
import { AppError } from '../../kernel/app-error.ts'
import type { WorkspaceScope } from '../../kernel/workspace-scope.ts'
import { readCheckpoint, renderCheckpoint } from '../../platform/crypto/checkpoint.ts'
import type { EvidenceSigner } from '../../platform/crypto/evidence-signer.ts'
import {
  decodeEdge,
  edgeRoot,
  growTiles,
  type TileEdge,
  tilePath,
  tileWidth,
} from '../../platform/crypto/merkle-tiles.ts'
import { merkleRoot } from '../../platform/crypto/merkle-tree.ts'
import type { LogStore } from '../../platform/objects/log-store.ts'
import type { WithWorkspace } from '../../platform/postgres/with-workspace.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { logOrigin } from './render-origin.ts'
import { type AuditHead, findHead, listLeaves, lockHead, updateNote } from './store.ts'

const leavesPerPage = 10_000

export type CheckpointParts = {
  readonly withWorkspace: WithWorkspace
  readonly logs: LogStore
  readonly evidence: EvidenceSigner
  readonly now: () => Date
}

/**
 * Writes what is owed for the tree as it is now. Files come first: a checkpoint never speaks of tiles that are not there. The
 * head is held while the checkpoint is put, or a slower process would put an older one over a newer.
 */
export async function writeCheckpoint(parts: CheckpointParts, scope: WorkspaceScope): Promise<void> {
  const head = await parts.withWorkspace(scope, findHead)
  if (head === undefined || head.size === head.noteSize) return
  await parts.withWorkspace(scope, async (tx) => {
    await refuseOtherHistory(parts, tx, head)
    await writeTiles(parts, tx, head)
  })
  const { workspaceId } = scope
  const origin = logOrigin(workspaceId)
  const note = parts.evidence.signNote(origin, renderCheckpoint({ origin, size: head.size, root: head.root }))
  await parts.withWorkspace(scope, async (tx) => {
    const held = await lockHead(tx)
    if (held.noteSize >= head.size) return
    await refuseOtherHistory(parts, tx, held)
    await parts.logs.put(workspaceId, 'checkpoint', Buffer.from(note))
    await updateNote(tx, { note, size: head.size, now: parts.now() })
  })
}

async function refuseOtherHistory({ logs }: CheckpointParts, tx: WorkspaceTx, head: AuditHead): Promise<void> {
  const stored = await logs.get(tx.workspaceId, 'checkpoint')
  if (stored === undefined ? head.note === null : stored.toString() === head.note) return
  // A crash between the file and the row leaves a newer file: then the tree of today begins with the one that it signs.
  const last = stored === undefined ? undefined : readCheckpoint(stored.toString())
  const isContinued =
    last !== undefined &&
    last.size > head.noteSize &&
    last.size <= head.size &&
    last.root.equals(await rootAt(tx, last.size))
  if (isContinued) return
  const [fileSays, rowSays] = [last === undefined ? 'none' : `of ${last.size} events`, `of ${head.noteSize}`]
  throw new AppError(
    'audit.history_differs',
    `the checkpoint of ${logOrigin(tx.workspaceId)} in the object store is ${fileSays}, the database remembers one ${rowSays} and has ${head.size}: one of both was put back to another state`,
  )
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

/** Every tile that has grown since the last checkpoint. */
async function writeTiles({ logs }: CheckpointParts, tx: WorkspaceTx, head: AuditHead): Promise<void> {
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
  const edge = decodeEdge(head.edge)[level - 1] ?? []
  if (width < tileWidth) return edge
  const hashes: Buffer[] = []
  for (let child = from; child < from + width; child += 1)
    hashes.push(merkleRoot(await tileHashes(tx, head, { level: level - 1, index: child, width: tileWidth })))
  return hashes
}
