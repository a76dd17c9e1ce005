import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { provenScope } from '../../packages/server/src/kernel/workspace-scope.ts'
import { assertBoundary, inspectBoundary } from '../../packages/server/src/platform/postgres/assert-boundary.ts'
import { readBackup } from '../../packages/server/src/platform/postgres/backup/read-backup.ts'
import type { Restored } from '../../packages/server/src/platform/postgres/backup/restore-backup.ts'
import { type Database, openDatabase } from '../../packages/server/src/platform/postgres/database.ts'
import { readLogins } from '../../packages/server/src/platform/postgres/logins.ts'
import { ask, openScratch, type Scratch } from '../isolation/scratch-database.ts'
import { backupOf, piecesOf, restoreInto } from './backup-of.ts'
import { queuedJobs, rowsOf, shapeOf, tablesWithRows } from './compare-databases.ts'
import { type EmptyDatabase, emptyDatabase } from './empty-database.ts'
import { oldMonth, plantEverything } from './plant-everything.ts'

/** What each database says of itself. */
const ofTheDatabase = ['app.installation', 'app.schema_migrations']

describe('a backup that is restored', () => {
  let scratch: Scratch
  let target: EmptyDatabase
  let restored: Database
  let backup: Buffer
  let done: Restored
  let planted: Awaited<ReturnType<typeof plantEverything>>
  beforeAll(async () => {
    scratch = await openScratch()
    planted = await plantEverything(scratch)
    backup = await backupOf(scratch)
    target = await emptyDatabase(scratch)
    done = await restoreInto(scratch, target, backup)
    restored = openDatabase({ address: target.address, logins: await readLogins(scratch.loginsPath) })
  })
  afterAll(async () => {
    await restored?.close()
    await target?.drop()
    await scratch.close()
  })

  test('says where it is, and has nothing to add', () => {
    expect(done).toMatchObject({ migrated: [], notices: [], address: target.address })
    expect(done.rows).toBeGreaterThan(50)
  })

  test('has every row of every table, byte for byte', async () => {
    const tables = await tablesWithRows(scratch.admin)
    expect(tables.length).toBeGreaterThan(20)
    for (const table of tables.filter((name) => !ofTheDatabase.includes(name))) {
      const rows = await rowsOf(scratch.admin, table)
      expect(rows.length, `${table} has no row to be compared`).toBeGreaterThan(0)
      expect(await rowsOf(target.admin, table), table).toEqual(rows)
    }
  })

  test('has the rows of a month that is long over, in a partition of its own', async () => {
    for (const table of ['turns', 'decisions', 'turn_traces', 'audit_events'])
      expect(await rowsOf(target.admin, `tenant.${table}_${oldMonth.name}`)).toHaveLength(1)
  })

  test('has old partitions that are what the database itself makes of a month', async () => {
    const [now] = await ask<{ month: string }>(
      target.admin,
      "select to_char(now() at time zone 'UTC', 'YYYY_MM') as month",
    )
    const shape = await shapeOf(target.admin)
    for (const table of ['turns', 'decisions', 'turn_traces', 'audit_events']) {
      const of = (month: string) =>
        shape
          .filter((line) => line.includes(`${table}_${month}`))
          .map((line) => line.replaceAll(month, 'MONTH').replace(/bound FOR VALUES FROM \S+ TO \S+/, ''))
      expect(of(oldMonth.name).length).toBeGreaterThan(10)
      expect(of(oldMonth.name)).toEqual(of(now?.month ?? ''))
    }
  })

  test('has the same ledger, and says that the revokes are those of this database', async () => {
    const ledger = 'select version, name, sha256 from app.schema_migrations order by 1'
    expect(await ask(target.admin, ledger)).toEqual(await ask(scratch.admin, ledger))
    const facts = 'select revokes_applied_at as at, built_by as build from app.installation'
    const [before] = await ask<{ at: Date; build: string }>(scratch.admin, facts)
    const [after] = await ask<{ at: Date; build: string }>(target.admin, facts)
    expect(after?.build).toBe(before?.build)
    expect(after?.at.getTime()).toBeGreaterThan(before?.at.getTime() ?? Number.POSITIVE_INFINITY)
  })

  test('has the jobs that waited, and none twice', async () => {
    const jobs = await queuedJobs(scratch.admin)
    expect(jobs).toHaveLength(2)
    expect(await queuedJobs(target.admin)).toEqual(jobs)
  })

  test('has the same walls: every table, key, trigger, policy, right and function', async () => {
    expect(await shapeOf(target.admin)).toEqual(await shapeOf(scratch.admin))
    expect(await inspectBoundary(restored.logins.app)).toEqual([])
    expect(await assertBoundary(restored)).toEqual([])
  })

  test('serves each workspace its own rows and nobody else’s', async () => {
    const seen = await restored.withWorkspace(provenScope(planted.workspaceId), (tx) =>
      tx.db.selectFrom('tenant.workspaces').select('workspace_id').execute(),
    )
    expect(seen).toEqual([{ workspace_id: planted.workspaceId }])
  })

  test('backed up again is the same file but for where and when it was made', async () => {
    const again = await backupOf(scratch, target.address)
    const ends = async (bytes: Buffer) => {
      const found: unknown[] = []
      await readBackup('x', piecesOf(bytes), {
        tableEnd: async (table, end) => {
          if (table.name !== 'app.installation') found.push(end)
        },
      })
      return found
    }
    expect(await ends(again)).toEqual(await ends(backup))
  })

  test('is refused by a database that holds anything', async () => {
    const before = await rowsOf(target.admin, 'tenant.workspaces')
    await expect(restoreInto(scratch, target, backup)).rejects.toThrow(
      /is not empty \(schema \w+\), and a restore never mixes with what is there/,
    )
    expect(await rowsOf(target.admin, 'tenant.workspaces')).toEqual(before)
    const other = await emptyDatabase(scratch)
    await ask(other.admin, 'create table public.mine (x integer)')
    await expect(restoreInto(scratch, other, backup)).rejects.toThrow('is not empty (table public.mine)')
    await other.drop()
  })
})
