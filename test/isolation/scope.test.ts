import { parseUuid, type Uuid } from '@hyponema/contract'
import { CompiledQuery, sql } from 'kysely'
import type { PoolClient } from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { provenScope, unprovenScope } from '../../packages/server/src/kernel/workspace-scope.ts'
import { extendedQuery } from '../../packages/server/src/platform/postgres/extended-query.ts'
import { openLoginPool } from '../../packages/server/src/platform/postgres/login-pool.ts'
import { readLogins } from '../../packages/server/src/platform/postgres/logins.ts'
import { askerOf } from '../../packages/server/src/platform/postgres/prover/asker.ts'
import { loginNames, readTables } from '../../packages/server/src/platform/postgres/prover/read-tables.ts'
import type { Row } from '../../packages/server/src/platform/postgres/prover/row-factories.ts'
import { createWithUnproven, type UnprovenTx } from '../../packages/server/src/platform/postgres/with-unproven.ts'
import { createWithWorkspace } from '../../packages/server/src/platform/postgres/with-workspace.ts'
import type { WorkspaceTx } from '../../packages/server/src/platform/postgres/workspace-tx.ts'
import { insertInto, plant } from './planted-workspaces.ts'
import { recordingProxy } from './recording-proxy.ts'
import { ask, newId, openScratch, type Scratch } from './scratch-database.ts'

describe('the scope of a connection', () => {
  let scratch: Scratch
  beforeAll(async () => {
    scratch = await openScratch()
  })
  afterAll(() => scratch.close())

  /** A pool of one connection, so that every transaction meets what the one before left behind. */
  const oneConnection = async (login: 'app' | 'worker' = 'app') => {
    const logins = await readLogins(scratch.loginsPath)
    const pool = openLoginPool({
      address: scratch.database.address,
      login: logins[login],
      limits: { maxConnections: 1 },
    })
    return { pool, door: createWithWorkspace(pool), unproven: createWithUnproven(pool) }
  }

  const pid = async (tx: WorkspaceTx): Promise<number> =>
    (await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx.db)).rows[0]?.pid ?? 0

  const onClient = async <T>(
    login: ReturnType<typeof openLoginPool>,
    work: (client: PoolClient) => Promise<T>,
  ): Promise<T> => {
    const client = await login.pool.connect()
    try {
      return await work(client)
    } finally {
      client.release(true)
    }
  }

  test('only two fixed messages use the simple protocol, sent without waiting; all else is extended', async () => {
    const proxy = await recordingProxy(scratch.database.address)
    const logins = await readLogins(scratch.loginsPath)
    const pool = openLoginPool({
      address: { ...scratch.database.address, host: '127.0.0.1', port: proxy.port },
      login: logins.app,
    })
    const scope = provenScope(newId())
    const door = createWithWorkspace(pool)
    await door(scope, async (tx) => {
      await tx.db.insertInto('tenant.workspaces').values({ workspace_id: scope.workspaceId, name: 'Wire' }).execute()
      await tx.db.selectFrom('tenant.workspaces').selectAll().execute()
      await tx.dispatchPut('session_expiry', newId(), new Date())
    })
    const simpleBefore = proxy.sent.filter(({ type }) => type === 'Q').length
    proxy.holdAnswers(true)
    const second = door(scope, (tx) => tx.db.selectFrom('tenant.workspaces').select('name').execute())
    await vi.waitFor(() => expect(proxy.sent.filter(({ type }) => type === 'Q')).toHaveLength(simpleBefore + 2), {
      timeout: 10_000,
    })
    proxy.holdAnswers(false)
    await second
    const simple = proxy.sent.filter(({ type }) => type === 'Q')
    expect(simple.map(({ text }) => text)).toEqual([
      'BEGIN',
      `SET LOCAL app.workspace_id = '${scope.workspaceId}'`,
      'BEGIN',
      `SET LOCAL app.workspace_id = '${scope.workspaceId}'`,
    ])
    expect(proxy.sent.filter(({ type }) => type === 'P').map(({ text }) => text)).toContain('COMMIT')
    await pool.close()
    await proxy.close()
  })

  test.each(loginNames)(
    '%s sees nothing and writes nothing without a scope, and a malformed one is an error',
    async (login) => {
      const tables = await readTables(askerOf(scratch.admin))
      for (const table of tables.filter(({ rights }) => rights[login].select)) {
        const planted = await plant(scratch.admin, table.root, 'full')
        const select = `select workspace_id from tenant.${table.name}`
        const rows = await onClient(scratch.database.logins[login], async (client) => {
          await extendedQuery(client, 'begin')
          await extendedQuery(client, `set local app.workspace_id = '${planted.workspaceId}'`)
          const inScope = (await extendedQuery(client, select)).rowCount
          await extendedQuery(client, 'rollback')
          const unset = (await extendedQuery(client, select)).rowCount
          await extendedQuery(client, "set app.workspace_id = ''")
          const empty = (await extendedQuery(client, select)).rowCount
          return { inScope, unset, empty }
        })
        expect({ table: table.name, ...rows }).toEqual({ table: table.name, inScope: 1, unset: 0, empty: 0 })
        for (const malformed of ['x', '1', `${planted.workspaceId}'`, `${planted.workspaceId} or true`, '*']) {
          await expect(
            onClient(scratch.database.logins[login], async (client) => {
              await extendedQuery(client, `set app.workspace_id = '${malformed.replaceAll("'", "''")}'`)
              await extendedQuery(client, select)
            }),
          ).rejects.toMatchObject({ code: '22P02' })
        }
        if (table.rights[login].insert) {
          const { sql: text, parameters } = insertInto(table.name, planted.fresh())
          await expect(
            onClient(scratch.database.logins[login], (client) => extendedQuery(client, text, parameters)),
          ).rejects.toMatchObject({
            code: '42501',
          })
        }
      }
    },
  )

  test('a prepared statement that is used again under another scope sees the other scope', async () => {
    const { pool } = await oneConnection()
    const tables = await readTables(askerOf(scratch.admin))
    for (const table of tables.filter(({ rights }) => rights.app.select)) {
      const first = await plant(scratch.admin, table.root, 'full')
      const second = await plant(scratch.admin, table.root, 'full')
      const select = `select workspace_id from tenant.${table.name}`
      const seen = await onClient(pool, async (client) => {
        const [a, b] = [first.workspaceId, second.workspaceId]
        // Six times: after the fifth the server may keep a generic plan.
        for (const workspaceId of [a, b, a, a, a, a, a, b]) {
          await extendedQuery(client, 'begin')
          await extendedQuery(client, `set local app.workspace_id = '${workspaceId}'`)
          const { rows } = await extendedQuery<{ workspace_id: string }>(client, select)
          expect(rows.map((row) => row.workspace_id)).toEqual([workspaceId])
          await extendedQuery(client, 'rollback')
        }
        return (await extendedQuery(client, select)).rowCount
      })
      expect(seen).toBe(0)
    }
    await pool.close()
  })

  test('a setting that was local in an earlier transaction is empty and not an error', async () => {
    const { pool, door } = await oneConnection()
    await door(provenScope(newId()), async () => {})
    const rows = await ask<{ setting: string | null; scope: string | null }>(
      pool,
      "select current_setting('app.workspace_id', true) as setting, app.current_workspace() as scope",
    )
    expect(rows).toEqual([{ setting: '', scope: null }])
    await pool.close()
  })

  test('a session-level scope comes back when a local one ends, so a connection that has one is not used', async () => {
    const { pool, door } = await oneConnection()
    const left = newId()
    await onClient(pool, async (client) => {
      const scope = async () =>
        (await extendedQuery<{ scope: string }>(client, 'select app.current_workspace() as scope')).rows[0]?.scope
      await extendedQuery(client, `set app.workspace_id = '${left}'`)
      await extendedQuery(client, 'begin')
      await extendedQuery(client, `set local app.workspace_id = '${newId()}'`)
      expect(await scope()).not.toBe(left)
      await extendedQuery(client, 'commit')
      expect(await scope()).toBe(left)
    })
    await ask(pool, `set app.workspace_id = '${left}'`)
    await expect(door(provenScope(newId()), pid)).rejects.toThrow('a pooled connection still had a scope')
    await pool.close()
  })

  test('a session-level scope that somebody left is found at check-out, and the connection is destroyed', async () => {
    const { pool, door } = await oneConnection()
    const first = await door(provenScope(newId()), pid)
    await ask(pool, `set app.workspace_id = '${newId()}'`)
    await expect(door(provenScope(newId()), pid)).rejects.toMatchObject({ code: 'server.internal' })
    expect(await door(provenScope(newId()), pid)).not.toBe(first)
    await pool.close()
  })

  test('check-in puts settings and listeners back and keeps the connection', async () => {
    const { pool, door } = await oneConnection()
    const first = await door(provenScope(newId()), async (tx) => {
      await sql`set app.workspace_id = '00000000-0000-7000-8000-000000000001'`.execute(tx.db)
      await sql`set statement_timeout = 0`.execute(tx.db)
      await sql`listen anything`.execute(tx.db)
      return pid(tx)
    })
    const after = await door(provenScope(newId()), async (tx) => {
      const { rows } =
        await sql`select current_setting('statement_timeout') as timeout, (select count(*)::int from pg_listening_channels()) as channels`.execute(
          tx.db,
        )
      return { pid: await pid(tx), left: rows[0] }
    })
    expect(after).toEqual({ pid: first, left: { timeout: '15s', channels: 0 } })
    await pool.close()
  })

  test.each([
    ['a statement prepared from SQL', 'prepare later as select 1'],
    ['an SQLSTATE that nobody expected', 'select 1/0'],
    ['a refused function', "select set_config('a.b', 'c', false)"],
  ])('the connection is destroyed after %s', async (_what, text) => {
    const { pool, door } = await oneConnection()
    const first = await door(provenScope(newId()), pid)
    expect(await door(provenScope(newId()), pid)).toBe(first)
    await door(provenScope(newId()), (tx) => tx.db.executeQuery(CompiledQuery.raw(text))).catch(() => {})
    expect(await door(provenScope(newId()), pid)).not.toBe(first)
    await pool.close()
  })

  test('an expected refusal rolls back, keeps the connection and is not hidden by a commit', async () => {
    const { pool, door } = await oneConnection()
    const scope = provenScope(newId())
    const add = (tx: WorkspaceTx) =>
      tx.db.insertInto('tenant.workspaces').values({ workspace_id: scope.workspaceId, name: 'Twice' }).execute()
    const first = await door(scope, pid)
    await expect(
      door(scope, async (tx) => {
        await add(tx)
        await add(tx)
      }),
    ).rejects.toMatchObject({ code: '23505' })
    expect(await door(scope, pid)).toBe(first)
    await expect(
      door(scope, async (tx) => {
        await add(tx)
        await add(tx).catch(() => {})
      }),
    ).rejects.toMatchObject({ code: 'server.internal' })
    expect(await door(scope, (tx) => tx.db.selectFrom('tenant.workspaces').selectAll().execute())).toEqual([])
    await pool.close()
  })

  test.each(['between two statements', 'during a statement'])(
    'a connection that is lost %s is database_unavailable and ends nothing else',
    async (when) => {
      const { pool, door } = await oneConnection()
      const lost = door(provenScope(newId()), async (tx) => {
        const backend = await pid(tx)
        const kill = () => ask(scratch.admin, 'select pg_terminate_backend($1)', [backend])
        const gone = () => ask(scratch.admin, 'select 1 from pg_stat_activity where pid = $1', [backend])
        if (when === 'during a statement') {
          const slow = sql`select count(*) from generate_series(1, 1000000000)`.execute(tx.db)
          const refused = expect(slow).rejects.toThrow(/terminat/i)
          await kill()
          await refused
        } else {
          await kill()
          await vi.waitFor(async () => expect(await gone()).toEqual([]), { timeout: 10_000 })
        }
        await tx.db.selectFrom('tenant.workspaces').selectAll().execute()
      })
      await expect(lost).rejects.toMatchObject({ code: 'server.database_unavailable' })
      expect(await door(provenScope(newId()), pid)).toBeGreaterThan(0)
      await pool.close()
    },
  )

  test('a WorkspaceTx is dead after its transaction, and cannot begin another', async () => {
    const kept: WorkspaceTx[] = []
    await scratch.database.withWorkspace(provenScope(newId()), async (tx) => {
      kept.push(tx)
      await expect(tx.db.transaction().execute(async () => {})).rejects.toMatchObject({ code: 'server.internal' })
    })
    await expect(kept[0]?.db.selectFrom('tenant.workspaces').selectAll().execute()).rejects.toMatchObject({
      code: 'server.internal',
    })
  })

  test('a list in a condition is refused; = any($1) is one statement for every length', async () => {
    await scratch.database.withWorkspace(provenScope(newId()), async (tx) => {
      expect(() =>
        tx.db.selectFrom('tenant.users').selectAll().where('id', 'in', [newId(), newId()]).compile(),
      ).toThrow('any($1)')
      const ids = [newId(), newId()]
      const query = tx.db
        .selectFrom('tenant.users')
        .selectAll()
        .where((match) => match('id', '=', match.fn.any(match.val(ids))))
      expect(query.compile().sql).toMatch(/= any\(\$1\)/)
      expect(await query.execute()).toEqual([])
    })
  })

  test('at most 200 statements are named on one connection', async () => {
    const { pool, door } = await oneConnection()
    const count = await door(provenScope(newId()), async (tx) => {
      for (let index = 0; index < 230; index += 1) await tx.db.executeQuery(CompiledQuery.raw(`select ${index} as n`))
      const { rows } = await sql<{ named: number }>`select count(*)::int as named from pg_prepared_statements`.execute(
        tx.db,
      )
      return rows[0]?.named
    })
    expect(count).toBe(200)
    await pool.close()
  })

  test.each<[table: string, look: (tx: UnprovenTx, row: Row) => Promise<object | undefined>]>([
    ['api_keys', (tx, row) => tx.findApiKey(uuidOf(row['id']))],
    ['memberships', (tx, row) => tx.findMembership(uuidOf(row['id']))],
    ['memberships', (tx, row) => tx.findMembershipOf(uuidOf(row['identity_id']))],
    ['invitations', (tx, row) => tx.findInvitation(uuidOf(row['id']))],
    [
      'refresh_tokens',
      (tx, row) =>
        tx.findRefreshToken(uuidOf(row['family_id']), Buffer.from(z.instanceof(Buffer).parse(row['token_sha256']))),
    ],
  ])('an unproven scope reaches one row of %s of its workspace and nothing else', async (table, look) => {
    const own = await plant(scratch.admin, table, 'full')
    const other = await plant(scratch.admin, table, 'full')
    const { pool, unproven } = await oneConnection()
    const find = (workspaceId: Uuid, row: Row) =>
      unproven(unprovenScope(workspaceId), (tx) => {
        expect(Object.keys(tx)).toEqual([
          'findApiKey',
          'findMembership',
          'findMembershipOf',
          'findInvitation',
          'findRefreshToken',
        ])
        return look(tx, row)
      })
    expect(await find(own.workspaceId, own.row)).toMatchObject({ id: own.row['id'], isCanary: false })
    expect(await find(own.workspaceId, other.row)).toBeUndefined()
    expect(await find(newId(), own.row)).toBeUndefined()
    await pool.close()
  })

  test('the scope function is inlined, so the key is used', async () => {
    const plan = await scratch.database.withWorkspace(provenScope(newId()), async (tx) => {
      const { rows } = await sql<
        Record<string, string>
      >`explain select * from tenant.sessions order by id desc limit 20`.execute(tx.db)
      return rows.map((row) => Object.values(row)[0]).join('\n')
    })
    expect(plan).toContain("current_setting('app.workspace_id'::text, true)")
    expect(plan).not.toContain('current_workspace')
  })
})

function uuidOf(value: unknown): Uuid {
  const uuid = parseUuid(String(value))
  if (uuid === undefined) throw new Error(`${String(value)} is not a UUID`)
  return uuid
}
