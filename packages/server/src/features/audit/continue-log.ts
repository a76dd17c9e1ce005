/**
 * Goes on with a log whose database was restored, or whose files were lost.
 *
 * Threat: after a restore the stored checkpoint is of another history, so nothing would be signed ever again; or a command hides
 * that there were two histories.
 * Rule: only a person on the host begins a second history. It is an event of the log itself, which says what the stored checkpoint
 * signed; that checkpoint stays beside the new one. Whoever kept it still finds that the log is another one.
 * On failure: nothing is signed; the event says what was tried.
 */
import { AppError } from '../../kernel/app-error.ts'
import type { WorkspaceScope } from '../../kernel/workspace-scope.ts'
import { readCheckpoint, renderCheckpoint } from '../../platform/crypto/checkpoint.ts'
import { checkContinued } from './check-continued.ts'
import { renderOrigin } from './render-origin.ts'
import { findHead, lockHead, updateNote } from './store.ts'
import type { CheckpointParts } from './write-checkpoint.ts'
import { writeTiles } from './write-tiles.ts'

export type LeftHistory = {
  /** What the stored checkpoint signs; null where none lies there. */
  readonly stored: { readonly size: number; readonly root: string } | null
  readonly databaseSize: number
}

type Options = CheckpointParts & {
  /** Writes the event, before anything is signed. */
  readonly record: (left: LeftHistory) => Promise<void>
}

/** Undefined where the sealer goes on by itself. Throws `server.storage_unavailable`. */
export async function continueLog(options: Options, scope: WorkspaceScope): Promise<LeftHistory | undefined> {
  const { withWorkspace, logs, evidence, record, now } = options
  const { workspaceId } = scope
  const stored = await logs.get(workspaceId, 'checkpoint')
  const head = await withWorkspace(scope, findHead)
  if (head === undefined || (await withWorkspace(scope, (tx) => checkContinued(tx, { head, stored })))) return undefined
  const last = stored === undefined ? undefined : readCheckpoint(stored.toString())
  const left: LeftHistory = {
    stored: last === undefined ? null : { size: last.size, root: last.root.toString('base64') },
    databaseSize: head.size,
  }
  await record(left)
  await withWorkspace(scope, async (tx) => {
    const held = await lockHead(tx)
    const found = await logs.get(workspaceId, 'checkpoint')
    if (found?.toString() !== stored?.toString())
      throw new AppError(
        'request.conflict',
        `somebody else has just written the checkpoint of ${renderOrigin(workspaceId)}`,
      )
    if (stored !== undefined) await logs.put(workspaceId, `checkpoint.left.${last?.size ?? 0}`, stored)
    await writeTiles(logs, tx, { ...held, noteSize: 0 })
    const origin = renderOrigin(workspaceId)
    const note = evidence.signNote(origin, renderCheckpoint({ origin, size: held.size, root: held.root }))
    await logs.put(workspaceId, 'checkpoint', Buffer.from(note))
    await updateNote(tx, { note, size: held.size, now: now() })
  })
  return left
}
