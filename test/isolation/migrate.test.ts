import { cp, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { StartupRefusal } from '../../packages/server/src/kernel/startup-refusal.ts'
import { provenScope } from '../../packages/server/src/kernel/workspace-scope.ts'
import { newPassword } from '../../packages/server/src/platform/crypto/new-password.ts'
import { inspectBoundary } from '../../packages/server/src/platform/postgres/assert-boundary.ts'
import { readAdminLogins, readLogins } from '../../packages/server/src/platform/postgres/logins.ts'
import { migrate } from '../../packages/server/src/platform/postgres/migrate.ts'
import { migrationsFolder } from '../../packages/server/src/platform/postgres/read-migrations.ts'
import { insertInto, plant } from './planted-workspaces.ts'
import { recordingProxy } from './recording-proxy.ts'
import { ask, newId, openScratch, type Scratch } from './scratch-database.ts'

describe('migrate', () => {
  let scratch: Scratch
  let folder: string
  beforeAll(async () => {
    scratch = await openScratch()
  })
  afterAll(() => scratch.close())
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hyponema-migrations-'))
    await cp(migrationsFolder, folder, { recursive: true })
    return () => rm(folder, { recursive: true, force: true })
  })

  const run = (changes: Partial<Parameters<typeof migrate>[0]> = {}) =>
    migrate({
      adminUrl: scratch.adminUrl,
      loginsPath: scratch.loginsPath,
      adminPath: scratch.adminPath,
      newPassword,
      ...changes,
    })
  const ownMigrations = async () => (await readdir(migrationsFolder)).filter((file) => file.endsWith('.sql')).length
  const addStep = async (sql: string) => {
    const step = String((await ownMigrations()) + 1).padStart(4, '0')
    await writeFile(join(folder, `${step}_probe.sql`), sql)
  }
  const withStep = async (sql: string) => {
    await addStep(sql)
    return run({ folder })
  }
  /** What a step did must not reach the next test: the ledger forgets it, and the step's own objects are named. */
  const forget = async (...statements: string[]) => {
    for (const statement of [...statements, "delete from app.schema_migrations where name like '%_probe'"])
      await ask(scratch.admin, statement)
  }

  test('run again it changes nothing: same passwords, no step, the boundary holds', async () => {
    const before = await readLogins(scratch.loginsPath)
    const again = await run()
    expect(again).toMatchObject({ applied: [], revokesApplied: true, logins: before })
    expect(await inspectBoundary(scratch.database.logins.app)).toEqual([])
  })

  test('the files are for their owner only, and no serving file holds an administrator', async () => {
    for (const path of [scratch.loginsPath, scratch.adminPath]) expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(Object.keys(await readLogins(scratch.loginsPath)).sort()).toEqual(['app', 'auth', 'sealer', 'worker'])
    expect(Object.keys(await readAdminLogins(scratch.adminPath)).sort()).toEqual(['backup', 'migrator'])
  })

  test('the backup login sees all rows and changes none; the migrator sees none without acting as the owner', async () => {
    const roles = await ask<{ backup: boolean; update: boolean; migrator: boolean; set_config: boolean }>(
      scratch.admin,
      `select (select rolbypassrls from pg_roles where rolname = 'hyponema_backup') as backup,
         has_table_privilege('hyponema_backup', 'tenant.users', 'update') as update,
         has_table_privilege('hyponema_migrator', 'tenant.users', 'select') as migrator,
         has_function_privilege('hyponema_backup', 'set_config(text, text, boolean)', 'execute') as set_config`,
    )
    expect(roles).toEqual([{ backup: true, update: false, migrator: false, set_config: true }])
    const missing = await ask(
      scratch.admin,
      `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname in ('tenant', 'app', 'graphile_worker', 'identity') and c.relkind in ('r', 'p') and not c.relispartition
         and not has_table_privilege('hyponema_backup', c.oid, 'select')`,
    )
    expect(missing).toEqual([])
  })

  test('two migrates at once take turns', async () => {
    await addStep('create table app.probe (x integer primary key)')
    const results = await Promise.all([run({ folder }), run({ folder })])
    expect(results.flatMap(({ applied }) => applied)).toHaveLength(1)
    await forget('drop table app.probe')
  })

  test('a step that was changed after it was applied is refused', async () => {
    await writeFile(join(folder, '0002_workspaces_and_keys.sql'), 'select 1')
    await expect(run({ folder })).rejects.toThrow(
      /^Migration 2 was applied as 0002_workspaces_and_keys with another content/,
    )
  })

  test('a database of a newer build is refused', async () => {
    await withStep('create table app.probe (x integer primary key)')
    await expect(run()).rejects.toThrow('which this build does not know; start a newer build')
    await forget('drop table app.probe')
  })

  test('a step that leaves a table of tenants unprotected is rolled back', async () => {
    await expect(withStep('create table tenant.probe (workspace_id uuid primary key)')).rejects.toThrow(
      'leaves tables without the workspace policy: probe',
    )
    expect(await ask(scratch.admin, "select to_regclass('tenant.probe') as probe")).toEqual([{ probe: null }])
  })

  test('a step that fails leaves nothing behind', async () => {
    await expect(withStep('create table app.probe (x integer); select 1/0')).rejects.toMatchObject({ code: '22012' })
    expect(await ask(scratch.admin, "select to_regclass('app.probe') as probe")).toEqual([{ probe: null }])
  })

  test.each([
    "update tenant.users set language = 'en'",
    'delete from tenant.signals',
    'insert into tenant.signals select * from tenant.signals',
    'alter table tenant.signals add foreign key (workspace_id, ref) references tenant.users (workspace_id, id)',
    'alter table tenant.users alter column language set not null',
  ])('a step that touches rows without saying so is refused: %s', async (sql) => {
    await expect(withStep(sql)).rejects.toThrow(/touches rows of tenant\.\w+, which its owner cannot see under FORCE/)
  })

  test('a data migration that says so reaches the rows of every workspace, and FORCE is back afterwards', async () => {
    const [one, two] = [await plant(scratch.admin, 'users', 'full'), await plant(scratch.admin, 'users', 'full')]
    await withStep("-- lifts-force: tenant.users\nupdate tenant.users set language = 'fr'")
    const rows = await ask<{ language: string }>(
      scratch.admin,
      'select language from tenant.users where workspace_id = any($1)',
      [[one.workspaceId, two.workspaceId]],
    )
    expect(rows).toEqual([{ language: 'fr' }, { language: 'fr' }])
    expect(await inspectBoundary(scratch.database.logins.app)).toEqual([])
    await forget()
  })

  test('the same statement under FORCE changes nothing and says nothing, which is why it must be announced', async () => {
    const planted = await plant(scratch.admin, 'users', 'full')
    await withStep("do $$ begin update tenant.users set language = 'de'; end $$")
    expect(
      await ask(scratch.admin, 'select language from tenant.users where workspace_id = $1', [planted.workspaceId]),
    ).toEqual([{ language: null }])
    await forget()
  })

  test('a data migration that loses rows is rolled back unless that is announced', async () => {
    await plant(scratch.admin, 'signals', 'full')
    await expect(withStep('-- lifts-force: tenant.signals\ndelete from tenant.signals')).rejects.toThrow(
      /tenant\.signals had \d+ rows and has 0; nothing was changed/,
    )
    const [row] = await ask<{ rows: number }>(scratch.admin, 'select count(*)::int as rows from tenant.signals')
    expect(row?.rows).toBeGreaterThan(0)
    await withStep('-- lifts-force: tenant.signals\n-- changes-rows: tenant.signals\ndelete from tenant.signals')
    expect(await ask(scratch.admin, 'select count(*)::int as rows from tenant.signals')).toEqual([{ rows: 0 }])
    await forget()
  })

  test('a foreign key over existing rows is really checked, on partitions too', async () => {
    const planted = await plant(scratch.admin, 'decisions', 'full')
    const { sql, parameters } = insertInto('decisions', { ...planted.fresh(), turn_id: newId() })
    await ask(scratch.admin, sql, parameters)
    const step = (table: string, column: string) =>
      `-- lifts-force: tenant.${table}, tenant.users\nalter table tenant.${table} add constraint probe foreign key (workspace_id, ${column}) references tenant.users (workspace_id, id)`
    await expect(withStep(step('decisions', 'turn_id'))).rejects.toMatchObject({ code: '23503' })
    const signal = await plant(scratch.admin, 'signals', 'full')
    expect(signal.row['ref']).toBeDefined()
    await expect(withStep(step('signals', 'ref'))).rejects.toMatchObject({ code: '23503' })
    expect(await inspectBoundary(scratch.database.logins.app)).toEqual([])
  })

  test('an old server gets one sentence that says what to do', async () => {
    const [major = ''] = scratch.serverVersion.split('.')
    const lower = (data: Buffer): Buffer =>
      Buffer.from(
        data
          .toString('latin1')
          .replaceAll(`${major}00`, '1400')
          .replaceAll(new RegExp(`${major}\\.(\\d)`, 'g'), '14.$1'),
        'latin1',
      )
    const proxy = await recordingProxy(scratch.database.address, lower)
    const url = new URL(scratch.adminUrl)
    url.port = String(proxy.port)
    url.hostname = '127.0.0.1'
    url.search = ''
    await expect(run({ adminUrl: url.href })).rejects.toThrow(
      /^The server runs PostgreSQL 14\.\d+.*; Hyponema needs 15 or newer, so upgrade it or start without DATABASE_URL to use the embedded one\.$/,
    )
    await proxy.close()
  })

  test('an address where nobody listens and a user without rights each get one sentence', async () => {
    await expect(run({ adminUrl: 'postgres://x:y@127.0.0.1:1/x' })).rejects.toThrow(StartupRefusal)
    const { app } = await readLogins(scratch.loginsPath)
    const url = new URL(scratch.adminUrl)
    url.username = app.user
    url.password = app.password
    await expect(run({ adminUrl: url.href })).rejects.toThrow('can neither create roles nor is superuser')
  })

  test('the serving logins work with the files that were written', async () => {
    const scope = provenScope(newId())
    await scratch.database.withWorkspace(scope, (tx) =>
      tx.db.insertInto('tenant.workspaces').values({ workspace_id: scope.workspaceId, name: 'After' }).execute(),
    )
  })
})
