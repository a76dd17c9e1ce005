import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newPassword } from '../../packages/server/src/platform/crypto/new-password.ts'
import { inspectBoundary } from '../../packages/server/src/platform/postgres/assert-boundary.ts'
import { openLoginPool } from '../../packages/server/src/platform/postgres/login-pool.ts'
import { readLogins } from '../../packages/server/src/platform/postgres/logins.ts'
import { migrate } from '../../packages/server/src/platform/postgres/migrate.ts'
import { migrationsFolder, readMigrations } from '../../packages/server/src/platform/postgres/read-migrations.ts'
import { plant } from '../isolation/planted-workspaces.ts'
import { ask, openScratch, type Scratch } from '../isolation/scratch-database.ts'
import { backupOf, restoreInto } from './backup-of.ts'
import { columnsOf, rowsOf, shapeOf } from './compare-databases.ts'
import { type EmptyDatabase, emptyDatabase } from './empty-database.ts'

/** The build before voice: 0009 adds columns to a table that has rows then, which its owner sees only with FORCE lifted. */
const oldSteps = 8

describe('a backup of an older build', () => {
  let scratch: Scratch
  let old: EmptyDatabase
  let target: EmptyDatabase
  let folder: string
  let newer: readonly string[]
  beforeAll(async () => {
    scratch = await openScratch()
    folder = await mkdtemp(join(tmpdir(), 'hyponema-old-'))
    const steps = await readMigrations()
    newer = steps.slice(oldSteps).map(({ name }) => name)
    for (const { name } of steps.slice(0, oldSteps))
      await copyFile(join(migrationsFolder, `${name}.sql`), join(folder, `${name}.sql`))
    ;[old, target] = [await emptyDatabase(scratch), await emptyDatabase(scratch)]
    const { loginsPath, adminPath } = scratch
    await migrate({ adminUrl: old.adminUrl, loginsPath, adminPath, newPassword, folder })
    for (const table of ['decisions', 'turns', 'api_keys', 'outbox', 'audit_events'])
      await plant(old.admin, table, 'full')
  })
  afterAll(async () => {
    await old.drop()
    await target.drop()
    await scratch.close()
    await rm(folder, { recursive: true, force: true })
  })

  test('is brought to this build after its rows were loaded, and is then like any other', async () => {
    const done = await restoreInto(scratch, target, await backupOf(scratch, old.address))
    expect(done.migrated).toEqual(newer)
    for (const table of ['tenant.turns', 'tenant.api_keys', 'tenant.outbox', 'tenant.audit_events', 'app.dispatch']) {
      // Later steps may have added columns. Events of then had nowhere to go, so they wait for nothing.
      const columns = (await columnsOf(old.admin, table)).filter(
        (name) => table !== 'tenant.outbox' || name !== 'state',
      )
      expect(await rowsOf(target.admin, table, columns), table).toEqual(await rowsOf(old.admin, table, columns))
    }
    expect(await ask(target.admin, 'select distinct state from tenant.outbox')).toEqual([{ state: 'dispatched' }])
    expect(await ask(target.admin, 'select listened_ms, spoken_characters from tenant.sessions')).toEqual([
      { listened_ms: 0, spoken_characters: 0 },
      { listened_ms: 0, spoken_characters: 0 },
    ])
    expect(await shapeOf(target.admin)).toEqual(await shapeOf(scratch.admin))
    const { app } = await readLogins(scratch.loginsPath)
    const login = openLoginPool({ address: target.address, login: app })
    expect(await inspectBoundary(login)).toEqual([])
    await login.close()
  })
})
