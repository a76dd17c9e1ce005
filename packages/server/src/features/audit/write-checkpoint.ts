/**
 * Tiles and a signed checkpoint for what was sealed (C2SP tlog-tiles, tlog-checkpoint, signed-note), into the object store.
 *
 * Threat: a database that was put back to an earlier state signs a second history over the numbers of the first.
 * Rule: the checkpoint that lies in the store is never followed by one of a smaller tree, nor by another one of the same.
 * On failure: `audit.history_differs`; nothing is signed, and what was sealed waits.
 */
import type { Uuid } from '@hyponema/contract'
import { AppError } from '../../kernel/app-error.ts'
import type { WorkspaceScope } from '../../kernel/workspace-scope.ts'
import { readCheckpoint, renderCheckpoint } from '../../platform/crypto/checkpoint.ts'
import type { EvidenceSigner } from '../../platform/crypto/evidence-signer.ts'
import { decodeEdge, tilePath, tileWidth } from '../../platform/crypto/merkle-tiles.ts'
import { merkleRoot } from '../../platform/crypto/merkle-tree.ts'
import type { LogStore } from '../../platform/objects/log-store.ts'
import type { WithWorkspace } from '../../platform/postgres/with-workspace.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { logOrigin } from './render-origin.ts'
import { type AuditHead, findHead, listLeaves, lockHead, updateNote } from './store.ts'

export type CheckpointParts = {
  readonly withWorkspace: WithWorkspace
  readonly logs: LogStore
  readonly evidence: EvidenceSigner
  readonly now: () => Date
}

/** Writes what is owed for the tree as it is now. Files come first: a checkpoint never speaks of tiles that are not there. */
export async function writeCheckpoint(parts: CheckpointParts, scope: WorkspaceScope): Promise<void> {
  const { workspaceId } = scope
  const head = await parts.withWorkspace(scope, findHead)
  if (head === undefined || head.size === head.noteSize) return
  await refuseOtherHistory(parts, workspaceId, head)
  await parts.withWorkspace(scope, (tx) => writeTiles(parts, tx, head))
  const text = renderCheckpoint({ origin: logOrigin(workspaceId), size: head.size, root: head.root })
  const note = parts.evidence.signNote(logOrigin(workspaceId), text)
  await parts.logs.put(workspaceId, 'checkpoint', Buffer.from(note))
  await parts.withWorkspace(scope, async (tx) => {
    const { noteSize } = await lockHead(tx)
    if (noteSize < head.size) await updateNote(tx, { note, size: head.size, now: parts.now() })
  })
}

async function refuseOtherHistory({ logs }: CheckpointParts, workspaceId: Uuid, head: AuditHead): Promise<void> {
  const stored = await logs.get(workspaceId, 'checkpoint')
  if (stored === undefined && head.note === null) return
  const last = stored === undefined ? undefined : readCheckpoint(stored.toString())
  // A crash between the file and the row leaves a newer file; what it says is judged by the same tree.
  if (last !== undefined && last.size <= head.size && last.size >= head.noteSize) {
    const isSame = last.size === head.size && last.root.equals(head.root)
    if (last.size > head.noteSize ? last.size < head.size || isSame : stored?.toString() === head.note) return
  }
  throw new AppError(
    'audit.history_differs',
    `the checkpoint of ${logOrigin(workspaceId)} in the object store is not the one that the database remembers: one of both was put back to another state`,
  )
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
