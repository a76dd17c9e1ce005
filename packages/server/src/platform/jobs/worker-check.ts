/**
 * Threat: the worker finds no job and says nothing, because a policy on its tables is missing.
 * Rule: at start one `worker_check` job is enqueued through the same door as every other, and must be handled. Another
 * process may take it, so its handling is read from the database and not from memory.
 * On failure: StartupRefusal after `timeoutMs`.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Uuid } from '@hyponema/contract'
import type { NewId } from '../../kernel/new-id.ts'
import { StartupRefusal } from '../../kernel/startup-refusal.ts'
import { ownCommand } from '../own-command.ts'
import type { Database } from '../postgres/database.ts'
import { installationScope } from '../postgres/installation-scope.ts'
import type { JobHandler } from './job-runner.ts'

const handled = 'worker_checked'
/** A worker that waits for work takes a few milliseconds. */
const pollMs = 10

/** The handler of `worker_check`: leaves a signal in the workspace of the installation, and changes nothing else. */
export const handleWorkerCheck: JobHandler = async (tx, entityId) => {
  if (tx.workspaceId === installationScope().workspaceId) await tx.signal(handled, entityId)
}

/** Enqueues one job as the app and resolves when a worker has handled it. A runner must have been started. */
export async function checkWorker(options: {
  database: Pick<Database, 'withWorkspace' | 'workerWithWorkspace'>
  newId: NewId
  timeoutMs?: number
}): Promise<void> {
  const id = options.newId()
  const timeoutMs = options.timeoutMs ?? 10_000
  const deadlineMs = performance.now() + timeoutMs
  await options.database.withWorkspace(installationScope(), (tx) => tx.enqueue('worker_check', id))
  while (!(await takeAnswer(options.database, id))) {
    if (performance.now() > deadlineMs) {
      throw new StartupRefusal(
        `No worker handled its check within ${timeoutMs / 1000} s; run \`${ownCommand('migrate URL')}\` and start again.`,
      )
    }
    await pause(pollMs)
  }
}

/** Reads and removes the answer, so that checks leave nothing behind. */
function takeAnswer(database: Pick<Database, 'workerWithWorkspace'>, id: Uuid): Promise<boolean> {
  return database.workerWithWorkspace(installationScope(), async (tx) => {
    const removed = await tx.db
      .deleteFrom('tenant.signals')
      .where('kind', '=', handled)
      .where('ref', '=', id)
      .executeTakeFirst()
    return removed.numDeletedRows > 0n
  })
}
