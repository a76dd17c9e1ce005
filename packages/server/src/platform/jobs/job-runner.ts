/**
 * Handles what `jobs.enqueue` asked for. A job is a wake-up, never an authority: it carries two ids, the handler enters
 * that workspace and acts only on what it reads there.
 */
import { parseUuid, type Uuid } from '@hyponema/contract'
import { Logger, run, type TaskList } from 'graphile-worker'
import { AppError } from '../../kernel/app-error.ts'
import { provenScope } from '../../kernel/workspace-scope.ts'
import type { Database } from '../postgres/database.ts'
import { isCanary } from '../postgres/is-canary.ts'
import type { Login } from '../postgres/logins.ts'
import { openUnscopedPool } from '../postgres/unscoped-pool.ts'
import type { TaskName, WorkspaceTx } from '../postgres/workspace-tx.ts'

export type JobHandler = (tx: WorkspaceTx, entityId: Uuid) => Promise<void>

export type JobRunner = { readonly stop: () => Promise<void> }

export type JobRunnerOptions = {
  readonly database: Pick<Database, 'address' | 'workerWithWorkspace'>
  readonly login: Login
  readonly handlers: Readonly<Record<TaskName, JobHandler>>
  readonly onError: (error: unknown, task: string) => void
  readonly concurrency?: number
  readonly pollMs?: number
}

/** Starts to work. A task that throws is tried again later by the library, at most 25 times. */
export async function startJobRunner(options: JobRunnerOptions): Promise<JobRunner> {
  // A pool of its own: the library sends what it likes, and none of its connections ever carries a scope.
  const pool = openUnscopedPool({
    address: options.database.address,
    login: options.login,
    maxConnections: 4,
    onError: (error) => options.onError(error, 'connection'),
  })
  const runner = await run({
    pgPool: pool,
    taskList: taskList(options),
    crontab: '',
    concurrency: options.concurrency ?? 2,
    pollInterval: options.pollMs ?? 2_000,
    noHandleSignals: true,
    // Its messages can contain payloads; ours come through onError.
    logger: new Logger(() => () => {}),
  })
  return {
    stop: async () => {
      await runner.stop()
      await pool.end()
    },
  }
}

function taskList(options: JobRunnerOptions): TaskList {
  return Object.fromEntries(
    Object.entries(options.handlers).map(([task, handler]) => [
      task,
      async (payload: unknown) => {
        try {
          const { scope, entityId } = readPayload(payload)
          await options.database.workerWithWorkspace(scope, async (tx) => {
            if (!(await isCanary(tx))) await handler(tx, entityId)
          })
        } catch (error) {
          options.onError(error, task)
          throw error
        }
      },
    ]),
  )
}

function readPayload(payload: unknown) {
  if (typeof payload === 'object' && payload !== null && 'workspace_id' in payload && 'entity_id' in payload) {
    const workspaceId = parseUuid(String(payload.workspace_id))
    const entityId = parseUuid(String(payload.entity_id))
    if (workspaceId !== undefined && entityId !== undefined) return { scope: provenScope(workspaceId), entityId }
  }
  throw new AppError('server.internal', 'a job without its two ids')
}
