import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newPassword } from '../../packages/server/src/platform/crypto/new-password.ts'
import { migrate } from '../../packages/server/src/platform/postgres/migrate.ts'
import { backupOf, restoreInto } from '../backup/backup-of.ts'
import { type EmptyDatabase, emptyDatabase } from '../backup/empty-database.ts'
import { ask, openScratch, type Scratch } from './scratch-database.ts'

/**
 * Whoever may create in `public` (everybody before 15, and in a database that came from there) can put a function there
 * whose types fit a call better than the server's own: then it runs as whoever calls it.
 */
const planted = ['name', 'text', 'regclass'].map(
  (type) => `create function public.format(text, ${type}) returns text language plpgsql as $$
    begin
      create schema if not exists taken_over;
      return pg_catalog.format($1, $2::text);
    end $$`,
)

describe('a function that somebody left in the public schema', () => {
  let scratch: Scratch
  let target: EmptyDatabase
  beforeAll(async () => {
    scratch = await openScratch()
  })
  beforeEach(async () => {
    target = await emptyDatabase(scratch)
    for (const statement of planted) await ask(target.admin, statement)
  })
  afterEach(() => target.drop())
  afterAll(() => scratch.close())

  const takenOver = () => ask(target.admin, "select 1 from pg_namespace where nspname = 'taken_over'")

  test('is not called by a migrate', async () => {
    const { loginsPath, adminPath } = scratch
    await migrate({ adminUrl: target.adminUrl, loginsPath, adminPath, newPassword })
    expect(await takenOver()).toEqual([])
  })

  test('is not called by a restore', async () => {
    await restoreInto(scratch, target, await backupOf(scratch))
    expect(await takenOver()).toEqual([])
  })
})
