import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseAdminUrl } from '../../packages/server/src/platform/postgres/database-address.ts'
import { readAdminLogins, readLogins } from '../../packages/server/src/platform/postgres/logins.ts'
import { probeAdmins } from '../../packages/server/src/platform/postgres/prover/admin-probes.ts'
import { askerOf, askerOn } from '../../packages/server/src/platform/postgres/prover/asker.ts'
import { doorArena } from '../../packages/server/src/platform/postgres/prover/door-arena.ts'
import { probeEscapes } from '../../packages/server/src/platform/postgres/prover/escape-probes.ts'
import { checkForeignKeyRows } from '../../packages/server/src/platform/postgres/prover/foreign-key-rows.ts'
import { probeFunctions } from '../../packages/server/src/platform/postgres/prover/function-probes.ts'
import { openProvingGround } from '../../packages/server/src/platform/postgres/prover/open-proving-ground.ts'
import { probeOutside } from '../../packages/server/src/platform/postgres/prover/outside-probes.ts'
import { probeTables, proveIsolation } from '../../packages/server/src/platform/postgres/prover/prove-isolation.ts'
import { readTables } from '../../packages/server/src/platform/postgres/prover/read-tables.ts'
import { rowFactories } from '../../packages/server/src/platform/postgres/prover/row-factories.ts'
import { noticeMutation } from '../../packages/server/src/platform/postgres/prover/run-mutations.ts'
import { probeScopes } from '../../packages/server/src/platform/postgres/prover/scope-probes.ts'
import type { Verdict } from '../../packages/server/src/platform/postgres/prover/verdict.ts'
import { insertInto } from './planted-workspaces.ts'
import { ask, newId, openScratch, type Scratch } from './scratch-database.ts'

/** Each part of the prover, in front of a wall that is down: a part that never goes red proves nothing. */
describe('the prover', () => {
  let scratch: Scratch
  let ground: ReturnType<typeof openProvingGround>
  beforeAll(async () => {
    scratch = await openScratch()
    ground = openProvingGround({
      address: scratch.database.address,
      logins: await readLogins(scratch.loginsPath),
      admin: await readAdminLogins(scratch.adminPath),
      superuser: parseAdminUrl(scratch.adminUrl).login,
    })
  })
  afterAll(async () => {
    await ground.close()
    await scratch.close()
  })

  const run = async (script: string): Promise<void> => {
    for (const statement of script.split('; ')) await ask(scratch.admin, statement)
  }
  const found = (verdicts: readonly Verdict[]) =>
    verdicts.filter(({ result }) => result !== 'held').map(({ result, check }) => `${result}: ${check}`)
  const arena = () => doorArena(askerOf(scratch.admin), ground.logins)
  const tables = () => readTables(askerOf(scratch.admin), 'users')
  const functions = async () => {
    const client = await ground.superuser.pool.connect()
    try {
      return found(await probeFunctions(client, 'app', Object.keys(rowFactories)))
    } finally {
      client.release(true)
    }
  }
  const whileBroken = async (broken: string, mended: string, work: () => Promise<readonly string[]>) => {
    await run(broken)
    try {
      return await work()
    } finally {
      await run(mended)
    }
  }

  test('finds nothing: no verb, no function, no way out of a scope, on any table it finds in the catalogue', async () => {
    const verdicts = await proveIsolation(ground)
    expect(verdicts.filter(({ result }) => result !== 'held')).toEqual([])
    expect(verdicts.length).toBeGreaterThan(10_000)
  }, 180_000)

  test('every table of tenants has a row factory', async () => {
    const roots = (await readTables(askerOf(scratch.admin))).map(({ root }) => root)
    expect([...new Set(roots)].sort()).toEqual(Object.keys(rowFactories).sort())
  })

  test('a table that nobody told it about is a failure and not a skip', async () => {
    const made = "create table tenant.loose (workspace_id uuid primary key); call app.protect_table('tenant.loose')"
    const probe = async () =>
      found((await probeTables(arena(), await readTables(askerOf(scratch.admin), 'loose'))).verdicts)
    expect(await whileBroken(made, 'drop table tenant.loose', probe)).toEqual(['not_probed: tenant.loose'])
  })

  test('a function that takes a workspace as an argument and answers is a leak', async () => {
    const made =
      'create function app.peek(workspace uuid) returns setof uuid language sql security definer set search_path = pg_catalog, pg_temp as $$ select u.id from tenant.users u where u.workspace_id = workspace $$; grant execute on function app.peek(uuid) to hyponema_app'
    const findings = await whileBroken(made, 'drop function app.peek(uuid)', functions)
    expect(findings).toEqual(['leak: app app.peek(uuid)', 'leak: app app.peek(uuid)'])
  })

  test("a function that changes the other's rows is a leak although it says nothing", async () => {
    const made =
      'create function app.spoil(workspace uuid) returns void language sql security definer set search_path = pg_catalog, pg_temp as $$ delete from app.dispatch d where d.workspace_id = workspace $$; alter function app.spoil(uuid) owner to hyponema_owner; grant execute on function app.spoil(uuid) to hyponema_app'
    const findings = await whileBroken(made, 'drop function app.spoil(uuid)', functions)
    expect(findings).toEqual(['leak: app app.spoil(uuid)', 'leak: app app.spoil(uuid)'])
  })

  test('a function that is content with nothing is not probed by giving it nothing', async () => {
    const made =
      'create function app.content(words point[]) returns integer language sql return cardinality(words); grant execute on function app.content(point[]) to hyponema_app'
    const findings = await whileBroken(made, 'drop function app.content(point[])', functions)
    expect(findings).toEqual(['not_probed: app app.content(point[])', 'not_probed: app app.content(point[])'])
  })

  test('a function that takes no arguments we can think of is not probed', async () => {
    const made =
      'create function app.riddle(word point) returns integer language sql return 1 / (case when word is null then 0 else 1 end); grant execute on function app.riddle(point) to hyponema_app'
    const findings = await whileBroken(made, 'drop function app.riddle(point)', functions)
    expect(findings).toEqual(['not_probed: app app.riddle(point)', 'not_probed: app app.riddle(point)'])
  })

  test('set_config in the hands of a login is an escape', async () => {
    const findings = await whileBroken(
      'grant execute on function set_config(text, text, boolean) to hyponema_app',
      'revoke execute on function set_config(text, text, boolean) from hyponema_app',
      async () => found(await probeEscapes(arena(), 'app', { own: newId(), other: newId() })),
    )
    expect(findings.slice(0, 2)).toEqual([
      expect.stringMatching(/^leak: app escape: select set_config\('app.workspace_id', '[^']+', true\)$/),
      expect.stringMatching(/^leak: app escape: select set_config\('app.workspace_id', '[^']+', false\)$/),
    ])
  })

  test('a membership is an escape', async () => {
    const findings = await whileBroken(
      'grant hyponema_worker to hyponema_sealer',
      'revoke hyponema_worker from hyponema_sealer',
      async () => found(await probeEscapes(arena(), 'sealer', { own: newId(), other: newId() })),
    )
    expect(findings).toEqual(['leak: sealer escape: set role hyponema_worker'])
  })

  test('a scope function that takes the empty scope for everybody is seen without a scope', async () => {
    const using = (sql: string) => `alter policy workspace_scope on tenant.users using (${sql})`
    const findings = await whileBroken(
      using('workspace_id = app.current_workspace() or app.current_workspace() is null'),
      using('workspace_id = app.current_workspace()'),
      async () =>
        found(
          await probeScopes({
            ask: askerOf(scratch.admin),
            login: 'app',
            pool: ground.logins.app,
            tables: await tables(),
          }),
        ),
    )
    expect(findings).toEqual(['leak: app tenant.users unset scope', 'leak: app tenant.users empty scope'])
  })

  test('what stands outside the schema of tenants is tried too: every verb that the catalogue does not grant', async () => {
    const made = 'create table app.loose (x integer); create schema elsewhere; create table elsewhere.loose (x integer)'
    const verdicts = await whileBroken(made, 'drop table app.loose; drop schema elsewhere cascade', async () => {
      const all = await probeOutside(arena(), 'app', newId())
      expect(found(all)).toEqual([])
      return all.map(({ check }) => check)
    })
    expect(verdicts).toEqual(expect.arrayContaining(['app app.loose select', 'app elsewhere.loose delete']))
  })

  test('a backup login that may write and an owner whom nothing binds are leaks', async () => {
    const probe = async () =>
      found(
        await probeAdmins({
          ask: askerOf(scratch.admin),
          backup: ground.backup,
          migrator: ground.migrator,
          tables: await tables(),
        }),
      )
    const findings = await whileBroken(
      'grant delete on tenant.users to hyponema_backup; alter table tenant.users no force row level security',
      'revoke delete on tenant.users from hyponema_backup; alter table tenant.users force row level security',
      probe,
    )
    expect(findings).toContain('leak: backup tenant.users delete')
    expect(findings).toContain('not_probed: owner tenant.users without a scope')
  })

  test('a foreign key that was added under FORCE says that it is valid, and the anti-join says what it did not see', async () => {
    const client = await ground.superuser.pool.connect()
    const onClient = askerOn(client)
    try {
      await onClient('begin')
      const row = { workspace_id: newId(), id: newId(), kind: 'probe', ref: newId() }
      const insert = insertInto('signals', row)
      await onClient(insert.sql, insert.parameters)
      await onClient('set local role hyponema_owner')
      await onClient(
        'alter table tenant.signals add constraint probe foreign key (workspace_id, ref) references tenant.users (workspace_id, id)',
      )
      await onClient('reset role')
      expect(await onClient("select convalidated from pg_constraint where conname = 'probe'")).toEqual([
        { convalidated: true },
      ])
      expect(found(await checkForeignKeyRows(onClient))).toEqual(['leak: foreign key probe of tenant.signals'])
    } finally {
      await onClient('rollback')
      client.release(true)
    }
  })

  test('a login that does not see all rows proves no foreign key', async () => {
    const verdicts = await checkForeignKeyRows(askerOf(ground.logins.app))
    expect(verdicts.length).toBeGreaterThan(10)
    expect(new Set(verdicts.map(({ result }) => result))).toEqual(new Set(['not_probed']))
  })

  test('a mutation that changes nothing survives, and so does one that cannot be made', async () => {
    const client = await ground.superuser.pool.connect()
    try {
      const survives = { rules: false, probes: false }
      const harmless = { rule: 'policies', statements: ["comment on table tenant.users is 'nothing'"], table: 'users' }
      expect(await noticeMutation(client, harmless)).toMatchObject({ ...survives, why: 'nobody noticed' })
      const impossible = { rule: 'policies', statements: ['drop policy nobody on tenant.users'] }
      expect(await noticeMutation(client, impossible)).toMatchObject({
        ...survives,
        why: expect.stringContaining('could not be tried'),
      })
      // And nothing of it stays.
      expect(await askerOn(client)("select obj_description('tenant.users'::regclass) as said")).toEqual([
        { said: null },
      ])
    } finally {
      client.release(true)
    }
  })
})
