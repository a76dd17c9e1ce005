import { parseUuid } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { provenScope } from '../../packages/server/src/kernel/workspace-scope.ts'
import { plant } from '../isolation/planted-workspaces.ts'
import { ask, newId, openScratch, type Scratch } from '../isolation/scratch-database.ts'
import { backupOf, restoreInto } from './backup-of.ts'
import { type EmptyDatabase, emptyDatabase } from './empty-database.ts'

describe('a backup of a server that works', () => {
  let scratch: Scratch
  let target: EmptyDatabase
  beforeAll(async () => {
    scratch = await openScratch()
    target = await emptyDatabase(scratch)
  })
  afterAll(async () => {
    await target.drop()
    await scratch.close()
  })

  test('is of one moment: what one transaction wrote in several tables is all there or not at all', async () => {
    const planted = await plant(scratch.admin, 'turns', 'empty')
    const scope = provenScope(planted.workspaceId)
    const sessionId = parseUuid(String(planted.row['session_id']))
    if (sessionId === undefined) throw new Error('no session')
    /** As the runtime writes a turn: its row, the count of its session, a wake-up and a job. The tables lie far apart. */
    const writeTurn = (sequence: number) =>
      scratch.database.withWorkspace(scope, async (tx) => {
        const now = new Date()
        const turn = {
          workspace_id: scope.workspaceId,
          session_id: sessionId,
          role: 'user',
          status: 'complete',
        } as const
        await tx.dispatchPut('outbox', newId(), now)
        await tx.db.updateTable('tenant.sessions').set({ turn_count: sequence }).execute()
        await tx.enqueue('session_finish', newId())
        await tx.db
          .insertInto('tenant.turns')
          .values({ ...turn, id: newId(), sequence, started_at: now, ended_at: now })
          .execute()
      })
    const state = { isWriting: true, written: 0 }
    const writing = (async () => {
      while (state.isWriting) {
        state.written += 1
        await writeTurn(state.written)
      }
    })()
    // Until a backup has really had writers before it and beside it.
    const backup = await vi.waitFor(
      async () => {
        const before = state.written
        const made = await backupOf(scratch)
        expect(before).toBeGreaterThan(10)
        expect(state.written).toBeGreaterThan(before + 3)
        return made
      },
      { timeout: 30_000, interval: 1 },
    )
    state.isWriting = false
    await writing
    await restoreInto(scratch, target, backup)
    const [counts] = await ask<{ turns: number; counted: number; due: number; jobs: number }>(
      target.admin,
      `select (select count(*)::int from tenant.turns) as turns, (select turn_count from tenant.sessions) as counted,
         (select count(*)::int from app.dispatch where kind = 'outbox') as due,
         (select count(*)::int from graphile_worker._private_jobs) as jobs`,
    )
    expect(counts?.turns).toBeGreaterThan(0)
    expect(counts?.turns).toBeLessThanOrEqual(state.written)
    expect(counts).toEqual({ turns: counts?.turns, counted: counts?.turns, due: counts?.turns, jobs: counts?.turns })
  })

  test('waits for no writer, and no writer waits for it', async () => {
    await plant(scratch.admin, 'sessions', 'full')
    const held = await scratch.admin.pool.connect()
    try {
      await held.query('begin')
      await held.query("update tenant.sessions set status = 'failed', ended_at = now()")
      expect((await backupOf(scratch)).length).toBeGreaterThan(0)
    } finally {
      await held.query('rollback')
      held.release()
    }
  })
})
