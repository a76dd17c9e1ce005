import { makeUuidV7, uuidTimeMs } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensurePartitions } from '../../packages/server/src/platform/postgres/ensure-partitions.ts'
import { insertInto, plant } from './planted-workspaces.ts'
import { ask, newId, openScratch, type Scratch } from './scratch-database.ts'

const minuteMs = 60_000

describe('partitions and append-only tables', () => {
  let scratch: Scratch
  beforeAll(async () => {
    scratch = await openScratch()
  })
  afterAll(() => scratch.close())

  test('there are partitions for this month and the three that follow, made once', async () => {
    expect(await ask(scratch.database.logins.worker, 'select app.ensure_partitions() as made')).toEqual([{ made: 0 }])
    const counts = await ask(
      scratch.admin,
      `select inhparent::regclass::text as name, count(*)::int as partitions from pg_inherits
       where inhparent in (select oid from pg_class where relkind = 'p' and relnamespace = 'tenant'::regnamespace) group by 1 order by 1`,
    )
    expect(counts).toEqual(
      ['audit_events', 'decisions', 'turn_traces', 'turns'].map((table) => ({
        name: `tenant.${table}`,
        partitions: 4,
      })),
    )
  })

  test('a partition that is missing is made again by the worker, protected before it is attached', async () => {
    const [row] = await ask<{ name: string }>(
      scratch.admin,
      "select 'tenant.turns' || to_char((now() at time zone 'UTC') + interval '2 months', '_YYYY_MM') as name",
    )
    await ask(scratch.admin, `drop table ${row?.name}`)
    await ensurePartitions(scratch.database.logins.worker)
    const [made] = await ask(
      scratch.admin,
      `select c.relrowsecurity, c.relforcerowsecurity, c.relispartition, (select count(*)::int from pg_policy where polrelid = c.oid) as policies,
         c.relowner::regrole::text as owner from pg_class c where c.oid = '${row?.name}'::regclass`,
    )
    expect(made).toEqual({
      relrowsecurity: true,
      relforcerowsecurity: true,
      relispartition: true,
      policies: 1,
      owner: 'hyponema_owner',
    })
  })

  test.each(['app', 'auth', 'sealer'] as const)('%s may not make partitions', async (login) => {
    await expect(ask(scratch.database.logins[login], 'select app.ensure_partitions()')).rejects.toMatchObject({
      code: '42501',
    })
  })

  test.each(['turns', 'decisions', 'turn_traces', 'audit_events'])(
    '%s refuses an id whose time is more than 5 minutes from the clock',
    async (table) => {
      const planted = await plant(scratch.admin, table, 'empty')
      const insertAt = (offsetMs: number) => {
        const id = makeUuidV7(Date.now() + offsetMs, globalThis.crypto.getRandomValues(new Uint8Array(10)))
        const { sql, parameters } = insertInto(table, { ...planted.fresh(), id })
        return ask(scratch.admin, sql, parameters)
      }
      await expect(insertAt(0)).resolves.toEqual([])
      await expect(insertAt(-4 * minuteMs)).resolves.toEqual([])
      await expect(insertAt(4 * minuteMs)).resolves.toEqual([])
      for (const offset of [-6 * minuteMs, 6 * minuteMs])
        await expect(insertAt(offset)).rejects.toMatchObject({ code: 'HC001' })
      // Outside every partition there is no default one to fall into.
      for (const offset of [-400 * 24 * 60 * minuteMs, 400 * 24 * 60 * minuteMs]) {
        await expect(insertAt(offset)).rejects.toMatchObject({ code: expect.stringMatching(/^(HC001|23514)$/) })
      }
    },
  )

  test('the database reads and makes the same UUIDv7 as the server', async () => {
    const id = newId()
    const rows = await ask<{ moment: string; above: boolean; version: string; distance: number }>(
      scratch.admin,
      `select (extract(epoch from app.uuid_moment($1)) * 1000)::bigint::text as moment,
         $1::uuid > app.uuid_floor(app.uuid_moment($1)) and $1::uuid < app.uuid_floor(app.uuid_moment($1) + interval '1 millisecond') as above,
         substr(app.uuid_v7()::text, 15, 1) as version,
         abs(extract(epoch from clock_timestamp() - app.uuid_moment(app.uuid_v7())))::float8 as distance`,
      [id],
    )
    expect(rows[0]).toMatchObject({ moment: String(uuidTimeMs(id)), above: true, version: '7' })
    expect(rows[0]?.distance).toBeLessThan(1)
  })

  test.each(['audit_events', 'agent_versions', 'tool_pins'])(
    '%s cannot be changed, removed or truncated, not even by its owner',
    async (table) => {
      const planted = await plant(scratch.admin, table, 'full')
      const client = await scratch.admin.pool.connect()
      const tables = await ask<{ name: string }>(
        scratch.admin,
        `select relid::regclass::text as name from pg_partition_tree('tenant.${table}') union select 'tenant.${table}'`,
      )
      try {
        await client.query('set role hyponema_owner')
        await client.query(`set app.workspace_id = '${planted.workspaceId}'`)
        expect((await client.query(`select 1 from tenant.${table}`)).rowCount).toBe(1)
        for (const statement of [
          `update tenant.${table} set workspace_id = workspace_id`,
          `delete from tenant.${table}`,
        ]) {
          await expect(client.query(statement)).rejects.toMatchObject({ code: 'HI001' })
        }
        for (const { name } of tables)
          await expect(client.query(`truncate ${name} cascade`)).rejects.toMatchObject({ code: 'HI001' })
      } finally {
        client.release(true)
      }
    },
  )
})
