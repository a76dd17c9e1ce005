import type { Uuid } from '@hyponema/contract'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { provenScope } from '../../packages/server/src/kernel/workspace-scope.ts'
import { createDispatchRunner, type DispatchHandler } from '../../packages/server/src/platform/jobs/dispatch-runner.ts'
import { type JobRunner, startJobRunner } from '../../packages/server/src/platform/jobs/job-runner.ts'
import { checkWorker, handleWorkerCheck } from '../../packages/server/src/platform/jobs/worker-check.ts'
import { installationScope } from '../../packages/server/src/platform/postgres/installation-scope.ts'
import { readLogins } from '../../packages/server/src/platform/postgres/logins.ts'
import { ask, newId, openScratch, type Scratch } from './scratch-database.ts'

const past = (): Date => new Date(Date.now() - 1_000)

describe('jobs', () => {
  let scratch: Scratch
  beforeAll(async () => {
    scratch = await openScratch()
  })
  afterAll(() => scratch.close())
  beforeEach(() => ask(scratch.admin, 'delete from app.dispatch'))

  const startRunner = async (
    finish: (workspaceId: Uuid, entityId: Uuid) => void = () => {},
    onError = vi.fn(),
  ): Promise<JobRunner> =>
    startJobRunner({
      database: scratch.database,
      login: (await readLogins(scratch.loginsPath)).worker,
      handlers: {
        worker_check: handleWorkerCheck,
        session_finish: async (tx, entityId) => finish(tx.workspaceId, entityId),
      },
      onError,
      pollMs: 100,
    })
  const jobs = () => ask(scratch.admin, 'select id from graphile_worker._private_jobs')
  const due = () => ask<{ ref: Uuid }>(scratch.admin, 'select ref from app.dispatch')

  test('the start-up check enqueues one job and sees it handled, and leaves nothing behind', async () => {
    const runner = await startRunner()
    await checkWorker({ database: scratch.database, newId })
    const left = await scratch.database.withWorkspace(installationScope(), (tx) =>
      tx.db.selectFrom('tenant.signals').selectAll().execute(),
    )
    expect(left).toEqual([])
    await runner.stop()
    expect(await jobs()).toEqual([])
  })

  test('the start-up check refuses when no worker handles it', async () => {
    await expect(checkWorker({ database: scratch.database, newId, timeoutMs: 200 })).rejects.toThrow(
      'No worker handled its check within 0.2 s',
    )
    await ask(scratch.admin, 'delete from graphile_worker._private_jobs')
  })

  test('without its policy the worker finds no job and says nothing, which the check notices', async () => {
    await ask(scratch.admin, 'drop policy worker_only on graphile_worker._private_jobs')
    const runner = await startRunner()
    try {
      await expect(checkWorker({ database: scratch.database, newId, timeoutMs: 500 })).rejects.toThrow(
        'No worker handled its check',
      )
    } finally {
      await ask(
        scratch.admin,
        'create policy worker_only on graphile_worker._private_jobs to hyponema_worker using (true) with check (true)',
      )
      await runner.stop()
      await ask(scratch.admin, 'delete from graphile_worker._private_jobs')
    }
  })

  test('two processes on one database both pass the check', async () => {
    const runners = [await startRunner(), await startRunner()]
    await Promise.all([
      checkWorker({ database: scratch.database, newId }),
      checkWorker({ database: scratch.database, newId }),
    ])
    await Promise.all(runners.map((runner) => runner.stop()))
  })

  test('a job is handled in the workspace of its enqueuer, after its transaction committed', async () => {
    const finished: unknown[] = []
    const runner = await startRunner((...ids) => finished.push(ids))
    const [workspace, entity] = [newId(), newId()]
    await scratch.database
      .withWorkspace(provenScope(workspace), async (tx) => {
        await tx.enqueue('session_finish', newId())
        throw new Error('rolled back')
      })
      .catch(() => {})
    await scratch.database.withWorkspace(provenScope(workspace), (tx) => tx.enqueue('session_finish', entity))
    await vi.waitFor(() => expect(finished).toEqual([[workspace, entity]]), { timeout: 10_000 })
    await runner.stop()
  })

  test('a payload that is not two ids is refused and reported', async () => {
    const onError = vi.fn()
    const runner = await startRunner(() => {}, onError)
    await ask(
      scratch.admin,
      'select graphile_worker.add_job(\'session_finish\', \'{"workspace_id": "x"}\', max_attempts => 1)',
    )
    await vi.waitFor(
      () =>
        expect(onError).toHaveBeenCalledWith(
          expect.objectContaining({ message: 'a job without its two ids' }),
          'session_finish',
        ),
      { timeout: 10_000 },
    )
    await runner.stop()
    await ask(scratch.admin, 'delete from graphile_worker._private_jobs')
  })

  const dispatchRunner = (handler: DispatchHandler, onError = vi.fn()) =>
    createDispatchRunner({
      database: scratch.database,
      handlers: { session_expiry: handler },
      claimant: newId(),
      onError,
      pollMs: 20,
      concurrency: 2,
    })

  test('due rows are handled in their own workspace and removed with the handler’s transaction', async () => {
    const handled: string[] = []
    const expected: string[] = []
    for (let index = 0; index < 5; index += 1) {
      const [workspace, ref] = [newId(), newId()]
      expected.push(`${workspace} ${ref}`)
      await scratch.database.withWorkspace(provenScope(workspace), (tx) =>
        tx.dispatchPut('session_expiry', ref, past()),
      )
    }
    const runner = dispatchRunner(async (tx, ref) => {
      handled.push(`${tx.workspaceId} ${ref}`)
    })
    expect(await runner.runOnce()).toBe(5)
    expect(handled.toSorted()).toEqual(expected.toSorted())
    expect(await due()).toEqual([])
    expect(await runner.runOnce()).toBe(0)
  })

  test('a row that is not due yet is left alone', async () => {
    await scratch.database.withWorkspace(provenScope(newId()), (tx) =>
      tx.dispatchPut('session_expiry', newId(), new Date(Date.now() + 60_000)),
    )
    const handler = vi.fn()
    expect(await dispatchRunner(handler).runOnce()).toBe(0)
    expect(handler).not.toHaveBeenCalled()
  })

  test('a handler that throws is reported, changes nothing, and its row stays claimed for a later try', async () => {
    const [workspace, ref] = [newId(), newId()]
    await scratch.database.withWorkspace(provenScope(workspace), (tx) => tx.dispatchPut('session_expiry', ref, past()))
    const onError = vi.fn()
    const runner = dispatchRunner(async (tx) => {
      await tx.signal('half_done', ref)
      throw new Error('handler failed')
    }, onError)
    expect(await runner.runOnce()).toBe(1)
    expect(onError).toHaveBeenCalledWith(
      expect.objectContaining({ message: 'handler failed' }),
      expect.objectContaining({ ref }),
    )
    expect(await due()).toEqual([{ ref }])
    expect(await ask(scratch.admin, 'select 1 from tenant.signals where ref = $1', [ref])).toEqual([])
    expect(await runner.runOnce()).toBe(0)
  })

  test('a started runner polls by itself and stops cleanly in the middle of work', async () => {
    let release = (): void => {}
    const blocked = new Promise<void>((resolve) => {
      release = resolve
    })
    const handled: Uuid[] = []
    const runner = dispatchRunner(async (_tx, ref) => {
      handled.push(ref)
      await blocked
    })
    runner.start()
    const ref = newId()
    await scratch.database.withWorkspace(provenScope(newId()), (tx) => tx.dispatchPut('session_expiry', ref, past()))
    await vi.waitFor(() => expect(handled).toEqual([ref]), { timeout: 10_000 })
    const stopped = runner.stop()
    release()
    await stopped
    expect(await due()).toEqual([])
  })

  test('two runners share the work and nobody does it twice', async () => {
    const handled: Uuid[] = []
    for (let index = 0; index < 20; index += 1) {
      await scratch.database.withWorkspace(provenScope(newId()), (tx) =>
        tx.dispatchPut('session_expiry', newId(), past()),
      )
    }
    const runners = [1, 2].map(() =>
      dispatchRunner(async (_tx, ref) => {
        handled.push(ref)
      }),
    )
    await Promise.all(runners.map((runner) => runner.runOnce()))
    await Promise.all(runners.map((runner) => runner.runOnce()))
    expect(new Set(handled).size).toBe(20)
    expect(handled).toHaveLength(20)
  })
})
