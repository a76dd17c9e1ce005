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
import type { LogStore } from '../../platform/objects/log-store.ts'
import type { WithWorkspace } from '../../platform/postgres/with-workspace.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { checkContinued } from './check-continued.ts'
import { renderOrigin } from './render-origin.ts'
import { type AuditHead, findHead, lockHead, updateNote } from './store.ts'
import { writeTiles } from './write-tiles.ts'

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
    await writeTiles(parts.logs, tx, head)
  })
  const { workspaceId } = scope
  const origin = renderOrigin(workspaceId)
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
  if (await checkContinued(tx, { head, stored })) return
  const last = stored === undefined ? undefined : readCheckpoint(stored.toString())
  const [fileSays, rowSays] = [last === undefined ? 'none' : `of ${last.size} events`, `of ${head.noteSize}`]
  throw new AppError(
    'audit.history_differs',
    `the checkpoint of ${renderOrigin(tx.workspaceId)} in the object store is ${fileSays}, the database remembers one ${rowSays} and has ${head.size}: one of both was put back to another state; after a restore run \`hyponema audit continue\``,
  )
}
