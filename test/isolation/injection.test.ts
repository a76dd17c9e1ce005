import type { Uuid } from '@hyponema/contract'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { provenScope } from '../../packages/server/src/kernel/workspace-scope.ts'
import { attempt, type Outcome } from '../../packages/server/src/platform/postgres/prover/attempt.ts'
import { loginNames } from '../../packages/server/src/platform/postgres/prover/read-tables.ts'
import { beginInWorkspace } from '../../packages/server/src/platform/postgres/simple-protocol.ts'
import type { WithWorkspace } from '../../packages/server/src/platform/postgres/with-workspace.ts'
import { createWithWorkspace } from '../../packages/server/src/platform/postgres/with-workspace.ts'
import { type Planted, plant } from './planted-workspaces.ts'
import { ask, openScratch, type Scratch } from './scratch-database.ts'

/** A query as a careless author would write it: the text of a caller stands in the statement. */
const careless = (text: string): string => `select id::text from tenant.audit_events where target_id = '${text}'`
/** The login of sign-in reads no table of tenants, so its careless author reads the ledger. */
const carelessOfAuth = (text: string): string => `select name as id from app.schema_migrations where name = '${text}'`

/** What a caller without types, or one that lies, hands over. */
const pretendsToBeUuid = (value: unknown): value is Uuid => value !== undefined

describe('injected SQL', () => {
  let scratch: Scratch
  let own: Planted
  let other: Planted

  beforeAll(async () => {
    scratch = await openScratch()
    own = await plant(scratch.admin, 'audit_events', 'full')
    other = await plant(scratch.admin, 'audit_events', 'full')
  })
  afterAll(() => scratch.close())

  const inject = async (door: WithWorkspace, text: string, author = careless): Promise<Outcome | undefined> => {
    const outcomes = await attempt(door, own.workspaceId, [
      // The same hole works: a harmless text comes back as a row.
      { sql: author("x' union all select 'probe'::text --"), parameters: [] },
      { sql: author(text), parameters: [] },
    ])
    expect(outcomes[0]).toEqual({ kind: 'rows', rows: 1, first: { id: 'probe' } })
    return outcomes[1]
  }

  test.each(loginNames.filter((login) => login === 'app' || login === 'worker' || login === 'auth'))(
    'an injected SELECT of %s cannot leave the workspace, reach other sessions, the disk or the locks',
    async (login) => {
      const door = createWithWorkspace(scratch.database.logins[login])
      const calls = [
        `set_config('app.workspace_id', '${other.workspaceId}', true)`,
        `set_config('app.workspace_id', '${other.workspaceId}', false)`,
        `query_to_xml('select set_config(''app.workspace_id'', ''${other.workspaceId}'', true)', true, false, '')::text`,
        `query_to_xml('set local app.workspace_id = ''${other.workspaceId}''', true, false, '')::text`,
        `pg_notify('hyponema_signal', '${other.workspaceId} ${other.workspaceId}')::text`,
        'pg_terminate_backend(pg_backend_pid())::text',
        'pg_cancel_backend(pg_backend_pid())::text',
        'pg_advisory_lock(1)::text',
        'pg_try_advisory_xact_lock(1)::text',
        'lo_create(0)::text',
        "lo_from_bytea(0, 'x')::text",
        "lo_import('/etc/passwd')::text",
        'lo_unlink(1)::text',
        "pg_read_file('/etc/passwd')",
        "pg_ls_dir('/')",
        'pg_sleep(10)::text',
        "pg_logical_emit_message(true, 'x', 'y')::text",
        "dblink('x', 'y')::text",
      ]
      const findings: string[] = []
      for (const call of calls) {
        const outcome = await inject(
          door,
          `x' union all select ${call} --`,
          login === 'auth' ? carelessOfAuth : careless,
        )
        if (outcome?.kind !== 'refused' || !['42501', '42883'].includes(outcome.state))
          findings.push(`${call}: ${JSON.stringify(outcome)}`)
      }
      expect(findings).toEqual([])
    },
  )

  test('a common table expression that sets the scope before the read is refused', async () => {
    const text = `x' union all select e.id::text from tenant.audit_events e, (select set_config('app.workspace_id', '${other.workspaceId}', true)) s --`
    expect(await inject(scratch.database.withWorkspace, text)).toMatchObject({ kind: 'refused', state: '42501' })
  })

  test.each([
    ["x'; set local app.workspace_id = 'OTHER'; select id::text from tenant.audit_events --", '42601'],
    ["x'; commit; begin; set local app.workspace_id = 'OTHER' --", '42601'],
    ["x'; select 1 --", '42601'],
  ])('a stacked statement is refused by the protocol: %s', async (text, state) => {
    const outcome = await inject(scratch.database.withWorkspace, text.replace('OTHER', other.workspaceId))
    expect(outcome).toMatchObject({ kind: 'refused', state, message: expect.stringContaining('multiple commands') })
  })

  test.each([
    ["update pg_catalog.pg_settings set setting = 'OTHER' where name = 'app.workspace_id'", '42501'],
    [
      "with s as (update pg_catalog.pg_settings set setting = 'OTHER' where name = 'app.workspace_id' returning 1) select * from s",
      '.*',
    ],
    ["do $$ begin execute 'set local app.workspace_id = ''OTHER'''; end $$", '42501'],
    ['create temp table t (x int)', '42501'],
    ['create table public.t (x int)', '42501'],
    ['create table app.t (x int)', '42501'],
    ['create function pg_temp.f() returns int language sql as $$ select 1 $$', '42501'],
    ["copy (select 1) to program 'true'", '42501'],
    ["copy tenant.audit_events to '/tmp/x'", '42501'],
    ['set role hyponema_owner', '42501'],
    ['set role hyponema_migrator', '42501'],
    ['set role hyponema_backup', '42501'],
    ['set session authorization hyponema_owner', '42501'],
    ['set session_replication_role = replica', '42501'],
    ['alter role hyponema_app bypassrls', '42501'],
    ['alter table tenant.audit_events disable row level security', '42501'],
    ['drop policy workspace_scope on tenant.audit_events', '42501'],
    ['truncate tenant.audit_events', '42501'],
    ['select * from app.dispatch', '42501'],
    ['select * from app.canaries', '42501'],
    ['select * from app.workspace_ids', '42501'],
    ['select * from app.workspaces_after(null, 10)', '42501'],
    ['select * from graphile_worker._private_jobs', '42501'],
    ["select graphile_worker.add_job('worker_check')", '42501'],
    ["select passwd from pg_catalog.pg_shadow where usename = 'postgres'", '42501'],
    ['vacuum tenant.audit_events', '25001'],
  ])('a whole statement that tries to escape is refused: %s', async (text, state) => {
    const outcomes = await attempt(scratch.database.withWorkspace, own.workspaceId, [
      { sql: 'select count(*)::int as rows from tenant.audit_events', parameters: [] },
      { sql: text.replaceAll('OTHER', other.workspaceId), parameters: [] },
    ])
    expect(outcomes[0]).toMatchObject({ kind: 'rows', first: { rows: 1 } })
    expect(outcomes[1]).toMatchObject({ kind: 'refused', state: expect.stringMatching(new RegExp(`^${state}$`)) })
  })

  test.each(['array', 'object'])(
    'a scope that only turns into a UUID, and then into something else, is not sent: %s',
    async (shape) => {
      let asked = 0
      const turning = {
        toString: () => {
          asked += 1
          return asked === 1 ? own.workspaceId : `${own.workspaceId}'; set row_security = off --`
        },
      }
      const client = await scratch.database.logins.app.pool.connect()
      const sent = vi.spyOn(client, 'query')
      const value: unknown = shape === 'array' ? [turning] : turning
      if (!pretendsToBeUuid(value)) throw new Error('unreachable')
      await expect(beginInWorkspace(client, value)).rejects.toThrow('not a canonical UUID')
      expect({ asked, sent: sent.mock.calls }).toEqual({ asked: 0, sent: [] })
      client.release(true)
    },
  )

  test('a query text of another login is not shown', async () => {
    const marker = `select 'marker ${own.workspaceId}'`
    await ask(scratch.database.logins.worker, marker)
    const seen = await scratch.database.withWorkspace(provenScope(own.workspaceId), (tx) =>
      sql<{
        query: string
      }>`select query from pg_stat_activity where usename <> current_user and query like 'select ''marker%'`.execute(
        tx.db,
      ),
    )
    expect(seen.rows).toEqual([])
  })

  test('a value is in no query text, which the other connections of the same login can read', async () => {
    const secret = 'what a person said'
    const texts = await scratch.database.withWorkspace(provenScope(own.workspaceId), async (tx) => {
      await tx.db.selectFrom('tenant.audit_events').select('id').where('target_id', '=', secret).execute()
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx.db)
      await tx.db.selectFrom('tenant.audit_events').select('id').where('target_id', '=', secret).execute()
      return ask<{ query: string }>(scratch.database.logins.app, 'select query from pg_stat_activity where pid = $1', [
        rows[0]?.pid,
      ])
    })
    expect(texts).toEqual([{ query: expect.stringContaining('"target_id" = $1') }])
    expect(JSON.stringify(texts)).not.toContain(secret)
  })
})
