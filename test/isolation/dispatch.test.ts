import type { Uuid } from '@hyponema/contract'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { provenScope } from '../../packages/server/src/kernel/workspace-scope.ts'
import { claimDispatch } from '../../packages/server/src/platform/jobs/claim-dispatch.ts'
import { listenSignals, type SignalWake } from '../../packages/server/src/platform/postgres/listen-signals.ts'
import { readLogins } from '../../packages/server/src/platform/postgres/logins.ts'
import { plant } from './planted-workspaces.ts'
import { ask, newId, openScratch, type Scratch } from './scratch-database.ts'

const past = (): Date => new Date(Date.now() - 1_000)

describe('what crosses workspaces', () => {
  let scratch: Scratch
  beforeAll(async () => {
    scratch = await openScratch()
  })
  afterAll(() => scratch.close())
  beforeEach(() => ask(scratch.admin, 'delete from app.dispatch'))

  const rows = () =>
    ask<{ workspace_id: Uuid; kind: string; ref: Uuid; holder: Uuid | null }>(
      scratch.admin,
      'select workspace_id, kind, ref, holder from app.dispatch order by ref',
    )
  const expire = () => ask(scratch.admin, "update app.dispatch set due_at = now() - interval '1 second'")
  const claim = (claimant: Uuid, options: { perWorkspace?: number; maxRows?: number; kinds?: string[] } = {}) =>
    claimDispatch(scratch.database.logins.worker, {
      kinds: ['session_expiry'],
      perWorkspace: 10,
      maxRows: 100,
      claimant,
      holdMs: 60_000,
      ...options,
    })

  test('a put row belongs to the workspace of the scope, whatever else is there', async () => {
    const [a, b, ref] = [newId(), newId(), newId()]
    const { withWorkspace } = scratch.database
    await withWorkspace(provenScope(a), (tx) => tx.dispatchPut('session_expiry', ref, past()))
    await withWorkspace(provenScope(b), (tx) => tx.dispatchDone('session_expiry', ref))
    expect(await rows()).toEqual([{ workspace_id: a, kind: 'session_expiry', ref, holder: null }])
    await withWorkspace(provenScope(a), (tx) => tx.dispatchDone('session_expiry', ref))
    expect(await rows()).toEqual([])
  })

  test('a seal is neither put nor removed by hand, and a lease is not put', async () => {
    const door = scratch.database.withWorkspace
    const call = (text: string) => door(provenScope(newId()), (tx) => sql.raw(text).execute(tx.db))
    await expect(call(`select app.dispatch_put('seal', '${newId()}', now())`)).rejects.toMatchObject({ code: '42501' })
    await expect(call(`select app.dispatch_put('session_lease', '${newId()}', now())`)).rejects.toMatchObject({
      code: '42501',
    })
    await expect(call(`select app.dispatch_put('unknown', '${newId()}', now())`)).rejects.toMatchObject({
      code: '42501',
    })
    await expect(call(`select app.dispatch_done('seal', '${newId()}')`)).rejects.toMatchObject({ code: '42501' })
  })

  test.each([
    "app.dispatch_put('session_expiry', gen_random_uuid(), now())",
    "app.lease_take(array[gen_random_uuid()], gen_random_uuid(), '10 s')",
    "app.signal('x', gen_random_uuid())",
    "jobs.enqueue('worker_check', gen_random_uuid())",
  ])('without a scope %s is an error and writes nothing', async (call) => {
    await expect(ask(scratch.database.logins.app, `select ${call}`)).rejects.toMatchObject({ code: 'HS001' })
    expect(await rows()).toEqual([])
  })

  test('each login claims its own kinds only', async () => {
    const attempt = (login: 'app' | 'worker' | 'auth' | 'sealer', kind: string) =>
      ask(scratch.database.logins[login], "select * from app.claim_dispatch($1, 1, 1, $2, '1 minute')", [
        [kind],
        newId(),
      ])
    await expect(attempt('worker', 'session_expiry')).resolves.toEqual([])
    await expect(attempt('sealer', 'seal')).resolves.toEqual([])
    await expect(attempt('worker', 'seal')).rejects.toMatchObject({ code: '42501' })
    await expect(attempt('sealer', 'session_expiry')).rejects.toMatchObject({ code: '42501' })
    await expect(attempt('app', 'session_expiry')).rejects.toMatchObject({ code: '42501' })
    await expect(attempt('auth', 'seal')).rejects.toMatchObject({ code: '42501' })
  })

  test('a claim takes turns between workspaces, so a large one cannot starve a small one', async () => {
    const [large, small] = [newId(), newId()]
    await scratch.database.withWorkspace(provenScope(large), async (tx) => {
      for (let index = 0; index < 50; index += 1)
        await tx.dispatchPut('session_expiry', newId(), new Date(Date.now() - 60_000))
    })
    await scratch.database.withWorkspace(provenScope(small), (tx) => tx.dispatchPut('session_expiry', newId(), past()))
    const first = await claim(newId(), { perWorkspace: 3, maxRows: 100 })
    expect(first.filter((row) => row.scope.workspaceId === large)).toHaveLength(3)
    expect(first.filter((row) => row.scope.workspaceId === small)).toHaveLength(1)
    await ask(scratch.admin, "update app.dispatch set due_at = now() - interval '1 minute'")
    const two = await claim(newId(), { perWorkspace: 10, maxRows: 2 })
    expect(new Set(two.map((row) => row.scope.workspaceId))).toEqual(new Set([large, small]))
  })

  test('a claimed row is nobody else’s until its hold ends, and only its holder settles it', async () => {
    const [workspace, ref, one, two] = [newId(), newId(), newId(), newId()]
    await scratch.database.withWorkspace(provenScope(workspace), (tx) => tx.dispatchPut('session_expiry', ref, past()))
    expect(await claim(one)).toHaveLength(1)
    expect(await claim(two)).toHaveLength(0)
    await expire()
    expect(await claim(two)).toHaveLength(1)
    const settle = (claimant: Uuid) =>
      scratch.database.workerWithWorkspace(
        provenScope(workspace),
        async (tx) =>
          (
            await sql<{
              done: boolean
            }>`select app.dispatch_settle('session_expiry', ${ref}, ${claimant}) as done`.execute(tx.db)
          ).rows[0]?.done,
      )
    expect(await settle(one)).toBe(false)
    expect(await settle(two)).toBe(true)
    expect(await rows()).toEqual([])
  })

  test('a row that is put again while it is handled stays', async () => {
    const [workspace, ref, claimant] = [newId(), newId(), newId()]
    const { withWorkspace, workerWithWorkspace } = scratch.database
    await withWorkspace(provenScope(workspace), (tx) => tx.dispatchPut('session_expiry', ref, past()))
    await claim(claimant)
    await withWorkspace(provenScope(workspace), (tx) => tx.dispatchPut('session_expiry', ref, past()))
    await workerWithWorkspace(provenScope(workspace), (tx) =>
      sql`select app.dispatch_settle('session_expiry', ${ref}, ${claimant})`.execute(tx.db),
    )
    expect(await rows()).toHaveLength(1)
  })

  test('claims leave canary workspaces out', async () => {
    const workspace = newId()
    await ask(scratch.admin, 'insert into tenant.workspaces (workspace_id, name, is_canary) values ($1, $2, true)', [
      workspace,
      'Canary',
    ])
    await scratch.database.withWorkspace(provenScope(workspace), (tx) =>
      tx.dispatchPut('session_expiry', newId(), past()),
    )
    expect(await claim(newId())).toEqual([])
  })

  test('a lease has one holder, is renewed by it alone, and is taken over only when it has expired', async () => {
    const [workspace, session, one, two] = [newId(), newId(), newId(), newId()]
    await scratch.database.withWorkspace(provenScope(workspace), async (tx) => {
      expect(await tx.leaseTake([session], one, 15_000)).toEqual([session])
      expect(await tx.leaseTake([session], two, 15_000)).toEqual([])
      expect(await tx.leaseRenew([session], one, 15_000)).toEqual([session])
      expect(await tx.leaseRenew([session], two, 15_000)).toEqual([])
      expect(await tx.leaseRelease([session], two)).toEqual([])
    })
    await expire()
    await scratch.database.withWorkspace(provenScope(workspace), async (tx) => {
      expect(await tx.leaseTake([session], two, 15_000)).toEqual([session])
      expect(await tx.leaseRenew([session], one, 15_000)).toEqual([])
      expect(await tx.leaseRelease([session], two)).toEqual([session])
    })
    expect(await rows()).toEqual([])
  })

  test('a lease of the same session id in another workspace is another lease', async () => {
    const [a, b, session, one, two] = [newId(), newId(), newId(), newId(), newId()]
    const { withWorkspace } = scratch.database
    await withWorkspace(provenScope(a), (tx) => tx.leaseTake([session], one, 15_000))
    await withWorkspace(provenScope(b), async (tx) => {
      expect(await tx.leaseRenew([session], one, 15_000)).toEqual([])
      expect(await tx.leaseRelease([session], one)).toEqual([])
      expect(await tx.leaseTake([session], two, 15_000)).toEqual([session])
    })
    expect((await rows()).map((row) => [row.workspace_id, row.holder])).toEqual([
      [a, one],
      [b, two],
    ])
  })

  test('an expired lease is claimed by the worker, and its owner then cannot renew it', async () => {
    const [workspace, session, owner, worker] = [newId(), newId(), newId(), newId()]
    const { withWorkspace } = scratch.database
    await withWorkspace(provenScope(workspace), (tx) => tx.leaseTake([session], owner, 15_000))
    expect(await claim(worker, { kinds: ['session_lease'] })).toEqual([])
    await expire()
    expect(await claim(worker, { kinds: ['session_lease'] })).toMatchObject([
      { ref: session, scope: { workspaceId: workspace } },
    ])
    expect(await withWorkspace(provenScope(workspace), (tx) => tx.leaseRenew([session], owner, 15_000))).toEqual([])
  })

  test('one of two processes that take a lease at the same moment gets it', async () => {
    const [workspace, session] = [newId(), newId()]
    const takers = Array.from({ length: 12 }, () => newId())
    const taken = await Promise.all(
      takers.map((taker) =>
        scratch.database.withWorkspace(provenScope(workspace), (tx) => tx.leaseTake([session], taker, 15_000)),
      ),
    )
    expect(taken.filter((refs) => refs.length === 1)).toHaveLength(1)
  })

  test('a signal is a row of its sender’s workspace and wakes a listener that has no scope', async () => {
    const [workspace, ref] = [newId(), newId()]
    const wakes: SignalWake[] = []
    const { app } = await readLogins(scratch.loginsPath)
    const listener = await listenSignals({
      address: scratch.database.address,
      login: app,
      onSignal: (wake) => wakes.push(wake),
      onGap: () => {},
    })
    await scratch.database.withWorkspace(provenScope(workspace), (tx) => tx.signal('session_ended', ref))
    await vi.waitFor(() => expect(wakes).toHaveLength(1), { timeout: 10_000 })
    const [wake] = wakes
    expect(wake?.workspaceId).toBe(workspace)
    const signals = await scratch.database.withWorkspace(provenScope(workspace), (tx) =>
      tx.db.selectFrom('tenant.signals').selectAll().execute(),
    )
    expect(signals).toMatchObject([{ workspace_id: workspace, id: wake?.signalId, kind: 'session_ended', ref }])
    await listener.close()
  })

  test('a listener opens its connection again and says that it was deaf', async () => {
    const wakes: SignalWake[] = []
    const onGap = vi.fn()
    const { app } = await readLogins(scratch.loginsPath)
    const listener = await listenSignals({
      address: scratch.database.address,
      login: app,
      onSignal: (wake) => wakes.push(wake),
      onGap,
    })
    await ask(
      scratch.admin,
      "select pg_terminate_backend(pid) from pg_stat_activity where query = 'LISTEN hyponema_signal' and datname = current_database()",
    )
    await vi.waitFor(() => expect(onGap).toHaveBeenCalledOnce(), { timeout: 5_000 })
    await scratch.database.withWorkspace(provenScope(newId()), (tx) => tx.signal('session_ended', newId()))
    await vi.waitFor(() => expect(wakes).toHaveLength(1), { timeout: 10_000 })
    await listener.close()
  })

  test('a job carries the workspace of the scope and a task of the closed list', async () => {
    const [workspace, entity] = [newId(), newId()]
    const door = scratch.database.withWorkspace
    await door(provenScope(workspace), (tx) => tx.enqueue('session_finish', entity))
    const jobs = await ask(
      scratch.admin,
      'select j.payload, t.identifier from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id',
    )
    expect(jobs).toEqual([{ payload: { workspace_id: workspace, entity_id: entity }, identifier: 'session_finish' }])
    await expect(
      door(provenScope(workspace), (tx) => sql`select jobs.enqueue('drop_everything', ${entity})`.execute(tx.db)),
    ).rejects.toMatchObject({ code: '22023' })
  })

  test('an audit event writes its seal in the same transaction, and a rolled back one writes none', async () => {
    const planted = await plant(scratch.admin, 'audit_events', 'full')
    expect(await rows()).toEqual([
      { workspace_id: planted.workspaceId, kind: 'seal', ref: planted.row['id'], holder: null },
    ])
  })
})
