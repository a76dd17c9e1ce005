import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { assertBoundary, inspectBoundary } from '../../packages/server/src/platform/postgres/assert-boundary.ts'
import { boundaryRules } from '../../packages/server/src/platform/postgres/boundary-rules.ts'
import { openDatabase } from '../../packages/server/src/platform/postgres/database.ts'
import { extendedQuery } from '../../packages/server/src/platform/postgres/extended-query.ts'
import { readLogins } from '../../packages/server/src/platform/postgres/logins.ts'
import { brokenRights } from './broken-rights.ts'
import { brokenWalls } from './broken-walls.ts'
import { ask, openScratch, type Scratch } from './scratch-database.ts'

/** Roles belong to the whole server, so these are undone before anybody else can see them. */
const roleBreakages: readonly (readonly [rule: string, broken: string])[] = [
  ['role_attributes', 'alter role hyponema_app superuser'],
  ['role_attributes', 'alter role hyponema_app bypassrls'],
  ['role_attributes', 'alter role hyponema_worker createrole'],
  ['role_attributes', 'alter role hyponema_auth createdb'],
  ['role_attributes', 'alter role hyponema_sealer replication'],
  ['role_attributes', 'alter role hyponema_migrator bypassrls'],
  ['role_attributes', 'alter role hyponema_owner login'],
  ['role_attributes', 'alter role hyponema_owner superuser'],
  ['role_attributes', 'alter role hyponema_backup superuser'],
  ['role_attributes', 'alter role hyponema_search login'],
  ['role_attributes', 'alter role hyponema_search bypassrls'],
  ['roles_exist', 'alter role hyponema_sealer rename to hyponema_gone'],
  ['memberships', 'grant hyponema_owner to hyponema_app'],
  ['memberships', 'grant hyponema_search to hyponema_app'],
  ['memberships', 'grant hyponema_search to hyponema_owner'],
  ['memberships', 'grant hyponema_search to hyponema_migrator'],
  ['memberships', 'grant hyponema_app to hyponema_search'],
  ['memberships', 'grant hyponema_auth to hyponema_worker'],
  ['memberships', 'grant pg_read_all_data to hyponema_app'],
  ['memberships', 'grant pg_signal_backend to hyponema_worker'],
  ['memberships', 'grant hyponema_backup to hyponema_worker'],
  ['memberships', 'create role probe_group; grant probe_group to hyponema_app with admin option'],
  ['memberships', 'create role probe_stranger; grant hyponema_owner to probe_stranger'],
]

describe('the boundary', () => {
  let scratch: Scratch
  let name: string
  beforeAll(async () => {
    scratch = await openScratch()
    name = scratch.database.address.database
  })
  afterAll(() => scratch.close())

  const run = async (script: string): Promise<void> => {
    for (const statement of script.replaceAll(' DB ', ` ${name} `).split('; ')) await ask(scratch.admin, statement)
  }
  const inspect = () => inspectBoundary(scratch.database.logins.app)

  test('holds after a migrate', async () => {
    expect(await inspectBoundary(scratch.database.logins.app)).toEqual([])
    expect(await assertBoundary(scratch.database)).toEqual([])
  })

  test.each([
    ...brokenWalls.map(([rule, broken, mended]) => [rule, broken, mended, undefined] as const),
    ...brokenRights,
  ])('%s sees: %s', async (rule, broken, mended, sentence) => {
    await run(broken)
    try {
      const found = await inspect()
      expect(found.map(({ rule: seen }) => seen)).toContain(rule)
      if (sentence !== undefined) expect(found.map(({ finding }) => finding)).toContain(sentence)
      await expect(assertBoundary(scratch.database)).rejects.toThrow(
        /^The data boundary does not hold: [^\n]*; undo it, or run `npm run hyponema -- migrate URL` with an administrator's URL, which puts roles and revokes right\.$/,
      )
    } finally {
      await run(mended)
    }
    expect(await inspect()).toEqual([])
  })

  test.each(roleBreakages)('%s sees: %s', async (rule, broken) => {
    const { sql, parameters } = boundaryRules.find(({ name: known }) => known === rule) ?? { sql: '', parameters: [] }
    const client = await scratch.admin.pool.connect()
    try {
      expect((await extendedQuery(client, sql, parameters)).rows).toEqual([])
      await extendedQuery(client, 'begin')
      for (const statement of broken.split('; ')) await extendedQuery(client, statement)
      expect((await extendedQuery(client, sql, parameters)).rowCount).toBeGreaterThan(0)
    } finally {
      await extendedQuery(client, 'rollback')
      client.release(true)
    }
  })

  test('a function that a later server version adds to the catalogue is refused to every login', async () => {
    const rows = await ask<{ name: string }>(
      scratch.admin,
      `select p.oid::regprocedure::text as name from pg_proc p cross join unnest(array['hyponema_app', 'hyponema_worker', 'hyponema_auth', 'hyponema_sealer']) l
       where p.pronamespace = 'pg_catalog'::regnamespace and p.proname ~ '^(set_config|pg_notify|lo_.*|loread|lowrite|pg_terminate_backend|pg_cancel_backend|pg_(try_)?advisory_.*|pg_sleep.*|dblink.*|pg_read_.*|pg_ls_.*)$'
         and has_function_privilege(l, p.oid, 'EXECUTE')`,
    )
    expect(rows).toEqual([])
  })

  test('without the revokes a managed server serves with a notice, and one that had them is refused', async () => {
    await run('grant execute on function set_config(text, text, boolean) to public')
    try {
      await expect(assertBoundary(scratch.database)).rejects.toThrow('set_config')
      await run('update app.installation set revokes_applied_at = null')
      expect(await assertBoundary(scratch.database)).toEqual([expect.stringContaining('not against injected SQL')])
    } finally {
      await run('revoke execute on function set_config(text, text, boolean) from public')
      await run('update app.installation set revokes_applied_at = now()')
    }
  })

  test('two logins that are the same role are refused', async () => {
    const logins = await readLogins(scratch.loginsPath)
    const doubled = openDatabase({ address: scratch.database.address, logins: { ...logins, worker: logins.app } })
    await expect(assertBoundary(doubled)).rejects.toThrow(
      'The login for worker is hyponema_app and not hyponema_worker',
    )
    await doubled.close()
  })

  test('a missing and a changed migration are refused', async () => {
    await run("delete from app.schema_migrations where name = '0008_jobs'")
    await expect(assertBoundary(scratch.database)).rejects.toThrow(
      'The database misses 0008_jobs; run `npm run hyponema -- migrate URL`',
    )
    await run("insert into app.schema_migrations (version, name, sha256) values (8, '0008_jobs', 'other')")
    await expect(assertBoundary(scratch.database)).rejects.toThrow(
      'Migration 0008_jobs was applied with another content',
    )
  })

  test('an empty database and a wrong address each get one sentence', async () => {
    const logins = await readLogins(scratch.loginsPath)
    const empty = openDatabase({ address: { ...scratch.database.address, database: 'template1' }, logins })
    await expect(assertBoundary(empty)).rejects.toThrow(
      'The database has no schema of ours; run `npm run hyponema -- migrate URL`',
    )
    await empty.close()
    const nowhere = openDatabase({ address: { ...scratch.database.address, host: '127.0.0.1', port: 1 }, logins })
    await expect(assertBoundary(nowhere)).rejects.toThrow('cannot be reached as hyponema_app')
    await nowhere.close()
  })
})
