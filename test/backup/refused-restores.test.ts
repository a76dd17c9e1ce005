import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { StartupRefusal } from '../../packages/server/src/kernel/startup-refusal.ts'
import { newPassword } from '../../packages/server/src/platform/crypto/new-password.ts'
import { assertBoundary } from '../../packages/server/src/platform/postgres/assert-boundary.ts'
import { openDatabase } from '../../packages/server/src/platform/postgres/database.ts'
import { readLogins } from '../../packages/server/src/platform/postgres/logins.ts'
import { migrate } from '../../packages/server/src/platform/postgres/migrate.ts'
import { ask, newId, openScratch, type Scratch } from '../isolation/scratch-database.ts'
import { backupOf, restoreInto } from './backup-of.ts'
import { rowsOf } from './compare-databases.ts'
import { type EmptyDatabase, emptyDatabase } from './empty-database.ts'
import { plantEverything } from './plant-everything.ts'
import { type Forgery, rewriteBackup } from './rewrite-backup.ts'

describe('a restore', () => {
  let scratch: Scratch
  let backup: Buffer
  let target: EmptyDatabase
  beforeAll(async () => {
    scratch = await openScratch()
    await plantEverything(scratch)
    backup = await backupOf(scratch)
  })
  beforeEach(async () => {
    target = await emptyDatabase(scratch)
  })
  afterEach(() => target.drop())
  afterAll(() => scratch.close())

  const schemas = async (): Promise<readonly string[]> =>
    (
      await ask<{ name: string }>(
        target.admin,
        "select nspname::text as name from pg_namespace where nspname !~ '^(pg_|information_schema$|public$)' order by 1",
      )
    ).map(({ name }) => name)
  /** What a start, a migrate and a backup do with the database. */
  const start = async (): Promise<readonly string[]> => {
    const database = openDatabase({ address: target.address, logins: await readLogins(scratch.loginsPath) })
    try {
      return await assertBoundary(database)
    } finally {
      await database.close()
    }
  }
  const files = () => ({ loginsPath: scratch.loginsPath, adminPath: scratch.adminPath, newPassword })
  const expectHalfRestored = async (): Promise<void> => {
    const refusal = /^A restore into this database was not finished, .* `npm run hyponema -- restore FILE` again/
    await expect(start()).rejects.toThrow(refusal)
    await expect(migrate({ ...files(), adminUrl: target.adminUrl })).rejects.toThrow(refusal)
    await expect(backupOf(scratch, target.address)).rejects.toThrow(refusal)
  }

  describe('is refused before anything was changed', () => {
    test.each<readonly [string, (bytes: Buffer) => Promise<Buffer> | Buffer, string]>([
      ['by a file that is cut off', (bytes) => bytes.subarray(0, bytes.length - 100), 'the.backup is damaged'],
      [
        'by a file with a changed row',
        (bytes) => {
          const changed = Buffer.from(bytes)
          changed.write('Lada', changed.indexOf('Probe'))
          return changed
        },
        'the.backup is damaged: tenant.agents should have sha256',
      ],
      [
        'by a migration that this build does not know',
        (bytes) =>
          rewriteBackup(bytes, {
            manifest: (manifest) => ({
              ...manifest,
              migrations: [...manifest.migrations, { version: 9999, name: '9999_later', sha256: 'a'.repeat(64) }],
            }),
          }),
        'the.backup has migration 9999_later, which this build does not know',
      ],
      [
        'by a migration with another content',
        (bytes) =>
          rewriteBackup(bytes, {
            manifest: (manifest) => ({
              ...manifest,
              migrations: manifest.migrations.map((step) =>
                step.version === 3 ? { ...step, sha256: 'a'.repeat(64) } : step,
              ),
            }),
          }),
        'the.backup was made with another 0003_agents than this build has',
      ],
    ])('%s', async (_how, damage, refusal) => {
      await expect(restoreInto(scratch, target, await damage(backup))).rejects.toThrow(refusal)
      expect(await schemas()).toEqual([])
    })

    test('by a user who may not make schemas', async () => {
      const { app } = await readLogins(scratch.loginsPath)
      const url = new URL(target.adminUrl)
      url.username = app.user
      url.password = app.password
      await expect(restoreInto(scratch, { ...target, adminUrl: url.href }, backup)).rejects.toThrow(
        'may not make schemas in this database',
      )
      expect(await schemas()).toEqual([])
    })
  })

  describe('that finds something wrong later leaves a database that nobody can start', () => {
    test.each<readonly [string, Forgery, RegExp]>([
      [
        'rows that point nowhere',
        { rows: { 'tenant.users': () => [] } },
        /^\d+ rows of tenant\.(consents|contact_attempts|outbox|sessions|tool_days|topic_cooldowns|user_keys) point nowhere \(\w+_fkey\)/,
      ],
      [
        'rows in another order than their key',
        { rows: { 'tenant.turns': (lines) => lines.toReversed() } },
        /^tenant\.turns was loaded with sha256 \w+ where the backup has \w+/,
      ],
      [
        'a row twice',
        { rows: { 'tenant.turns': (lines) => [...lines.slice(0, 1), ...lines] } },
        /^tenant\.turns does not take a row of the backup \(duplicate key value violates unique constraint/,
      ],
      [
        'a row that breaks a rule of its table',
        {
          rows: { 'tenant.agents': (lines) => lines.map((line) => line.replace('ordinary', 'ordinarily')) },
        },
        /^tenant\.agents does not take a row of the backup \(.*violates check constraint/,
      ],
      [
        'a row of a month without a partition',
        {
          manifest: (manifest) => ({
            ...manifest,
            tables: manifest.tables.map((table) => ({
              ...table,
              partitions: table.name === 'tenant.turns' ? [] : table.partitions,
            })),
          }),
        },
        /^tenant\.turns does not take a row of the backup \(no partition of relation "turns" found for row\)/,
      ],
      [
        'a kind of work that another login may claim',
        {
          rows: {
            'app.dispatch_kinds': (lines) => lines.map((line) => line.replace('hyponema_sealer', 'hyponema_worker')),
          },
        },
        /^app\.dispatch_kinds has other rows than its migrations make/,
      ],
      [
        'partitions that nobody would make any more',
        { rows: { 'app.partitioned_tables': () => [] } },
        /^app\.partitioned_tables has other rows than its migrations make/,
      ],
      [
        'a workspace that is left out of all work as if it were a canary',
        { rows: { 'app.canaries': (lines) => [...lines, 'ffffffff-ffff-7fff-8fff-ffffffffffff\n'] } },
        /^app\.canaries does not agree with tenant\.workspaces \(1 rows\)/,
      ],
      [
        'a workspace that is forgotten when keys are moved',
        { rows: { 'app.workspace_ids': (lines) => lines.slice(1) } },
        /^app\.workspace_ids does not agree with tenant\.workspaces \(1 rows\)/,
      ],
      [
        'a person who is told of a workspace that has no membership of theirs',
        {
          rows: {
            'identity.membership_index': (lines) => [
              ...lines,
              'ffffffff-ffff-7fff-8fff-ffffffffffff\tffffffff-ffff-7fff-8fff-ffffffffffff\n',
            ],
          },
        },
        /^identity\.membership_index does not agree with tenant\.memberships \(1 rows\)/,
      ],
      [
        'a table that the migrations do not make',
        {
          manifest: (manifest) => ({
            ...manifest,
            tables: manifest.tables.map((table) =>
              table.name === 'tenant.users'
                ? { ...table, columns: [...table.columns, { name: 'is_admin', type: 'boolean' }] }
                : table,
            ),
          }),
        },
        /^The backup has tenant\.users \(.*is_admin boolean\) where its migrations make tenant\.users/,
      ],
    ])('%s', async (_what, forgery, refusal) => {
      const forged = await rewriteBackup(backup, forgery)
      const error: unknown = await restoreInto(scratch, target, forged).catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(StartupRefusal)
      expect(String(error instanceof Error ? error.message : error)).toMatch(refusal)
      expect(await rowsOf(target.admin, 'tenant.workspaces'), 'the load was one transaction').toEqual([])
      await expectHalfRestored()
    })

    test('walls that do not hold in this database', async () => {
      await ask(target.admin, `alter database ${target.address.database} set app.workspace_id = '${newId()}'`)
      await expect(restoreInto(scratch, target, backup)).rejects.toThrow(
        'The data boundary does not hold: a setting is attached to this database: {app.workspace_id',
      )
      await expectHalfRestored()
      await ask(target.admin, `alter database ${target.address.database} reset all`)
      await expect(start(), 'the mark alone refuses').rejects.toThrow('was not finished')
    })

    test('a connection that ends in the middle', async () => {
      const ended = restoreInto(scratch, target, backup).catch((thrown: unknown) => thrown)
      const killed = async (): Promise<boolean> =>
        (
          await ask(
            target.admin,
            `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()
             and usename = 'hyponema_migrator' and query ~* '^COPY'`,
          )
        ).length > 0
      await vi.waitFor(async () => expect(await killed()).toBe(true), { timeout: 30_000, interval: 1 })
      expect(await ended).toBeInstanceOf(Error)
      await expectHalfRestored()
    })
  })

  test('begins anew in a database in which one was not finished, and then holds everything', async () => {
    const forged = await rewriteBackup(backup, { rows: { 'tenant.users': () => [] } })
    await expect(restoreInto(scratch, target, forged)).rejects.toThrow('point nowhere')
    await expectHalfRestored()
    await restoreInto(scratch, target, backup)
    expect(await start()).toEqual([])
    for (const table of ['tenant.users', 'tenant.sessions', 'app.dispatch'])
      expect(await rowsOf(target.admin, table)).toEqual(await rowsOf(scratch.admin, table))
    expect(await schemas()).toEqual(['app', 'graphile_worker', 'identity', 'jobs', 'tenant'])
  })
})
