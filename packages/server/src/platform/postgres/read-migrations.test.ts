import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { readMigrations } from './read-migrations.ts'

describe('migrations on disk', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hyponema-migrations-'))
    return () => rm(folder, { recursive: true, force: true })
  })
  const put = (name: string, sql = 'select 1') => writeFile(join(folder, name), sql)

  test('ours are read in order, each with its checksum', async () => {
    const migrations = await readMigrations()
    expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_migration, index) => index + 1))
    expect(migrations.every(({ sha256 }) => /^[0-9a-f]{64}$/.test(sha256))).toBe(true)
  })

  test('a gap, a doubled number and a strange name are refused', async () => {
    await put('0001_first.sql')
    await put('0003_third.sql')
    await expect(readMigrations(folder)).rejects.toThrow('0003_third should have number 2')
    await rm(join(folder, '0003_third.sql'))
    await put('0001_again.sql')
    await expect(readMigrations(folder)).rejects.toThrow('should have number 2')
    await rm(join(folder, '0001_again.sql'))
    await put('second.sql')
    await expect(readMigrations(folder)).rejects.toThrow('second.sql is not named like 0001_name.sql')
  })

  test('a directive names tables of tenants only', async () => {
    await put(
      '0001_first.sql',
      '-- lifts-force: tenant.users, tenant.turns\n-- changes-rows: tenant.turns\ndelete from tenant.turns',
    )
    expect(await readMigrations(folder)).toMatchObject([
      { liftsForce: ['tenant.users', 'tenant.turns'], changesRows: ['tenant.turns'] },
    ])
    await put('0001_first.sql', '-- lifts-force: tenant.users; drop table tenant.users\nselect 1')
    await expect(readMigrations(folder)).rejects.toThrow('is not a tenant table')
  })

  test('a table that the step makes itself may be filled and bound without a directive', async () => {
    await put(
      '0001_first.sql',
      'create table tenant.a (workspace_id uuid); insert into tenant.a values (null); alter table tenant.a add foreign key (workspace_id) references tenant.b (workspace_id)',
    )
    await expect(readMigrations(folder)).resolves.toHaveLength(1)
  })
})
