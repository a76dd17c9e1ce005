import type { Uuid } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { provenScope } from '../../packages/server/src/kernel/workspace-scope.ts'
import { claimDispatch } from '../../packages/server/src/platform/jobs/claim-dispatch.ts'
import { startJobRunner } from '../../packages/server/src/platform/jobs/job-runner.ts'
import { readLogins } from '../../packages/server/src/platform/postgres/logins.ts'
import { ask, newId, openScratch, type Scratch } from './scratch-database.ts'

/** Canary workspaces are left out of everything that works for workspaces; their keys: guards/verify-api-key.test.ts. */
describe('canary workspaces', () => {
  let scratch: Scratch
  let canary: Uuid
  let ordinary: Uuid

  beforeAll(async () => {
    scratch = await openScratch()
    canary = newId()
    ordinary = newId()
    for (const workspace of [canary, ordinary]) {
      await ask(scratch.admin, 'insert into tenant.workspaces (workspace_id, name, is_canary) values ($1, $2, $3)', [
        workspace,
        'Probe',
        workspace === canary,
      ])
    }
  })
  afterAll(() => scratch.close())

  test('no claim of any kind of dispatch sees them', async () => {
    const kinds = await ask<{ kind: string; claimed_by: string }>(
      scratch.admin,
      'select kind, claimed_by::text from app.dispatch_kinds order by kind',
    )
    expect(kinds.map(({ kind }) => kind)).toContain('outbox')
    for (const { kind, claimed_by: role } of kinds) {
      const login = Object.values(scratch.database.logins).find(({ user }) => user === role)
      if (login === undefined) throw new Error(`${role} claims ${kind} and is no login`)
      for (const workspace of [canary, ordinary]) {
        await ask(
          scratch.admin,
          "insert into app.dispatch (workspace_id, kind, ref, due_at) values ($1, $2, $3, now() - interval '1 minute')",
          [workspace, kind, newId()],
        )
      }
      const options = { kinds: [kind], perWorkspace: 10, maxRows: 100, claimant: newId(), holdMs: 60_000 }
      const claimed = await claimDispatch(login, options)
      expect([kind, claimed.map(({ scope }) => scope.workspaceId)]).toEqual([kind, [ordinary]])
    }
  })

  test('no task of the queue is handled for them', async () => {
    const [source] = await ask<{ body: string }>(
      scratch.admin,
      "select prosrc as body from pg_proc where oid = 'jobs.enqueue(text, uuid)'::regprocedure",
    )
    // The closed list, read where it is closed.
    const list = /task not in \(([^)]*)\)/.exec(source?.body ?? '')?.[1] ?? ''
    const tasks = [...list.matchAll(/'(\w+)'/g)].flatMap(([, name]) => name ?? [])
    const handled: string[] = []
    const note = (task: string) => async (tx: { workspaceId: Uuid }) => {
      handled.push(`${task} ${tx.workspaceId}`)
    }
    const handlers = { worker_check: note('worker_check'), session_finish: note('session_finish') }
    expect(Object.keys(handlers).sort()).toEqual(tasks.toSorted())
    const onError = vi.fn()
    const { worker } = await readLogins(scratch.loginsPath)
    // The canary's jobs stand in front of the others.
    for (const workspace of [canary, ordinary]) {
      await scratch.database.withWorkspace(provenScope(workspace), async (tx) => {
        for (const task of ['worker_check', 'session_finish'] as const) await tx.enqueue(task, newId())
      })
    }
    const runner = await startJobRunner({ database: scratch.database, login: worker, handlers, onError, pollMs: 100 })
    const left = () => ask(scratch.admin, 'select 1 from graphile_worker._private_jobs')
    await vi.waitFor(async () => expect(await left()).toEqual([]), { timeout: 10_000 })
    await runner.stop()
    expect(handled.sort()).toEqual(tasks.map((task) => `${task} ${ordinary}`).sort())
    expect(onError).not.toHaveBeenCalled()
  })
})
