import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type LoginPool, openLoginPool } from '../../packages/server/src/platform/postgres/login-pool.ts'
import { readAdminLogins } from '../../packages/server/src/platform/postgres/logins.ts'
import { proveLive } from '../../packages/server/src/platform/postgres/prover/prove-live.ts'
import { rowFactories } from '../../packages/server/src/platform/postgres/prover/row-factories.ts'
import { plant } from './planted-workspaces.ts'
import { ask, openScratch, type Scratch } from './scratch-database.ts'

describe('the prover on a live installation', () => {
  let scratch: Scratch
  let pools: { migrator: LoginPool; backup: LoginPool }
  beforeAll(async () => {
    scratch = await openScratch()
    const { migrator, backup } = await readAdminLogins(scratch.adminPath)
    if (migrator === undefined || backup === undefined) throw new Error('no administrators')
    const { address } = scratch.database
    pools = { migrator: openLoginPool({ address, login: migrator }), backup: openLoginPool({ address, login: backup }) }
  })
  afterAll(async () => {
    await pools.migrator.close()
    await pools.backup.close()
    await scratch.close()
  })

  const prove = () => proveLive({ database: scratch.database, ...pools })
  const findings = async () => (await prove()).filter(({ result }) => result !== 'held')
  const rowsOfCanaries = async () => {
    const counts: Record<string, number> = {}
    for (const table of Object.keys(rowFactories)) {
      const [row] = await ask<{ rows: number }>(
        scratch.admin,
        `select count(*)::int as rows from tenant.${table} where workspace_id in (select workspace_id from app.canaries)`,
      )
      counts[table] = row?.rows ?? 0
    }
    return counts
  }

  test('finds nothing, and leaves two canaries with one row in every table, however often it runs', async () => {
    await plant(scratch.admin, 'sessions', 'full')
    const once = await prove()
    expect(once.filter(({ result }) => result !== 'held')).toEqual([])
    expect(once.length).toBeGreaterThan(500)
    const expected = Object.fromEntries(Object.keys(rowFactories).map((table) => [table, 2]))
    expect(await rowsOfCanaries()).toEqual(expected)
    expect(await findings()).toEqual([])
    expect(await rowsOfCanaries()).toEqual(expected)
  })

  test('plants rows anew: what can be deleted has other ids after a run', async () => {
    const ids = () =>
      ask(
        scratch.admin,
        'select id from tenant.users where workspace_id in (select workspace_id from app.canaries) order by 1',
      )
    await prove()
    const before = await ids()
    await prove()
    expect(await ids()).not.toEqual(before)
  })

  test.each([
    ['alter policy workspace_scope on tenant.users using (true)', 'app tenant.users select of anybody else'],
    ['alter policy workspace_scope on tenant.agents with check (true)', 'app tenant.agents insert'],
    ['alter table tenant.turns disable row level security', 'app tenant.turns select by key'],
    ['create policy loose on tenant.outbox for select using (true)', 'app tenant.outbox copy out'],
  ])('sees by trying, and not only by the rules: %s', async (loosened, check) => {
    const table = /tenant\.(\w+)/.exec(loosened)?.[1] ?? ''
    const ofOthers = () =>
      ask(
        scratch.admin,
        `select workspace_id, md5(t::text) from tenant.${table} t where workspace_id not in (select workspace_id from app.canaries) order by 1, 2`,
      )
    await plant(scratch.admin, table, 'full')
    const before = await ofOthers()
    await ask(scratch.admin, loosened)
    try {
      expect((await findings()).map((finding) => finding.check)).toContain(check)
    } finally {
      await ask(scratch.admin, `drop policy if exists loose on tenant.${table}`)
      await ask(scratch.admin, `alter table tenant.${table} enable row level security`)
      await ask(
        scratch.admin,
        `alter policy workspace_scope on tenant.${table} using (workspace_id = app.current_workspace()) with check (workspace_id = app.current_workspace())`,
      )
    }
    // Planting and attacking name their workspaces: with the wall down everybody's rows were still as they are.
    expect(await ofOthers()).toEqual(before)
  })

  test('the hold of a canary keeps no month from being dropped', async () => {
    await prove()
    await ask(
      scratch.admin,
      'create table tenant.turns_2020_01 (like tenant.turns including defaults including constraints)',
    )
    await ask(scratch.admin, 'alter table tenant.turns_2020_01 owner to hyponema_owner')
    await ask(
      scratch.admin,
      `alter table tenant.turns attach partition tenant.turns_2020_01
        for values from (app.uuid_floor('2020-01-01Z')) to (app.uuid_floor('2020-02-01Z'))`,
    )
    expect(await ask(scratch.admin, "select app.drop_expired_partition('turns_2020_01') as dropped")).toEqual([
      { dropped: true },
    ])
  })

  test('a canary that does not find its own row proves nothing and says so', async () => {
    await ask(
      scratch.admin,
      'create policy hidden on tenant.credentials as restrictive for select to hyponema_app using (false)',
    )
    try {
      expect(await findings()).toContainEqual(
        expect.objectContaining({ check: 'app tenant.credentials select by key', result: 'not_probed' }),
      )
    } finally {
      await ask(scratch.admin, 'drop policy hidden on tenant.credentials')
    }
  })

  test('rows that lead nowhere are found, although their key says that it is valid', async () => {
    const planted = await plant(scratch.admin, 'outbox', 'full')
    const client = await scratch.admin.pool.connect()
    try {
      await client.query('set session_replication_role = replica')
      await client.query('update tenant.outbox set user_id = gen_random_uuid() where workspace_id = $1', [
        planted.workspaceId,
      ])
    } finally {
      client.release(true)
    }
    expect(await findings()).toEqual([
      {
        check: 'foreign key outbox_workspace_id_user_id_fkey of tenant.outbox',
        result: 'leak',
        detail: '1 rows lead to rows that do not exist',
      },
    ])
  })
})
