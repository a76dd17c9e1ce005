import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { assertBoundary, inspectBoundary } from '../../packages/server/src/platform/postgres/assert-boundary.ts'
import { boundaryRules } from '../../packages/server/src/platform/postgres/boundary-rules.ts'
import { openDatabase } from '../../packages/server/src/platform/postgres/database.ts'
import { extendedQuery } from '../../packages/server/src/platform/postgres/extended-query.ts'
import { readLogins } from '../../packages/server/src/platform/postgres/logins.ts'
import { ask, openScratch, type Scratch } from './scratch-database.ts'

/** One wall taken down in this database, the rule that must see it, and how it is built again. */
const breakages: readonly (readonly [rule: string, broken: string, mended: string])[] = [
  [
    'database_rights',
    'grant temporary on database DB to hyponema_app',
    'revoke temporary on database DB from hyponema_app',
  ],
  [
    'database_rights',
    'grant create on database DB to hyponema_worker',
    'revoke create on database DB from hyponema_worker',
  ],
  ['database_rights', 'grant temporary on database DB to public', 'revoke temporary on database DB from public'],
  ['schema_rights', 'grant create on schema public to public', 'revoke create on schema public from public'],
  [
    'schema_rights',
    'grant create on schema tenant to hyponema_auth',
    'revoke create on schema tenant from hyponema_auth',
  ],
  [
    'role_settings',
    "alter role hyponema_app in database DB set app.workspace_id = 'x'",
    'alter role hyponema_app in database DB reset all',
  ],
  ['role_settings', 'alter database DB set row_security = off', 'alter database DB reset row_security'],
  [
    'ownership',
    'alter table tenant.signals owner to hyponema_app',
    'alter table tenant.signals owner to hyponema_owner',
  ],
  [
    'ownership',
    'alter function app.uuid_v7() owner to hyponema_worker',
    'alter function app.uuid_v7() owner to hyponema_owner',
  ],
  [
    'dangerous_functions',
    'grant execute on function set_config(text, text, boolean) to public',
    'revoke execute on function set_config(text, text, boolean) from public',
  ],
  [
    'dangerous_functions',
    'grant execute on function pg_notify(text, text) to hyponema_app',
    'revoke execute on function pg_notify(text, text) from hyponema_app',
  ],
  [
    'dangerous_functions',
    'grant execute on function lo_create(oid) to hyponema_worker',
    'revoke execute on function lo_create(oid) from hyponema_worker',
  ],
  [
    'dangerous_functions',
    'grant execute on function pg_advisory_lock(bigint) to hyponema_auth',
    'revoke execute on function pg_advisory_lock(bigint) from hyponema_auth',
  ],
  [
    'dangerous_functions',
    'grant execute on function pg_terminate_backend(integer, bigint) to hyponema_sealer',
    'revoke execute on function pg_terminate_backend(integer, bigint) from hyponema_sealer',
  ],
  [
    'dangerous_functions',
    'grant execute on function query_to_xml(text, boolean, boolean, text) to public',
    'revoke execute on function query_to_xml(text, boolean, boolean, text) from public',
  ],
  [
    'dangerous_functions',
    'grant execute on function app.uuid_v7() to hyponema_app',
    'revoke execute on function app.uuid_v7() from hyponema_app',
  ],
  ['languages', 'grant usage on language plpgsql to public', 'revoke usage on language plpgsql from public'],
  [
    'definers',
    'create function app.leak() returns bigint language sql security definer as $$ select count(*) from tenant.users $$',
    'drop function app.leak()',
  ],
  [
    'definers',
    'alter function app.signal(text, uuid) reset search_path',
    'alter function app.signal(text, uuid) set search_path = pg_catalog, pg_temp',
  ],
  [
    'definers',
    'grant execute on function app.ensure_partitions() to hyponema_app',
    'revoke execute on function app.ensure_partitions() from hyponema_app',
  ],
  [
    'definers',
    'grant execute on function app.signal(text, uuid) to public',
    'revoke execute on function app.signal(text, uuid) from public',
  ],
  [
    'row_security',
    'alter table tenant.users disable row level security',
    'alter table tenant.users enable row level security',
  ],
  [
    'row_security',
    'alter table tenant.users no force row level security',
    'alter table tenant.users force row level security',
  ],
  [
    'policies',
    'alter policy workspace_scope on tenant.users using (true)',
    'alter policy workspace_scope on tenant.users using (workspace_id = app.current_workspace())',
  ],
  [
    'policies',
    'alter policy workspace_scope on tenant.users with check (true)',
    'alter policy workspace_scope on tenant.users with check (workspace_id = app.current_workspace())',
  ],
  ['policies', 'create policy another on tenant.users using (true)', 'drop policy another on tenant.users'],
  [
    'policies',
    'alter policy workspace_scope on tenant.users to hyponema_app',
    'alter policy workspace_scope on tenant.users to public',
  ],
  [
    'scope_function',
    "create or replace function app.current_workspace() returns uuid language sql stable as $$ select '00000000-0000-7000-8000-000000000001'::uuid $$",
    "create or replace function app.current_workspace() returns uuid language sql stable parallel safe return nullif(current_setting('app.workspace_id', true), '')::uuid",
  ],
  ['owners', 'alter table tenant.users owner to postgres', 'alter table tenant.users owner to hyponema_owner'],
  ['kinds_of_relation', 'create view tenant.everybody as select * from tenant.users', 'drop view tenant.everybody'],
  [
    'kinds_of_relation',
    'create materialized view tenant.copied as select * from tenant.users',
    'drop materialized view tenant.copied',
  ],
  ['grants', 'grant truncate on tenant.users to hyponema_app', 'revoke truncate on tenant.users from hyponema_app'],
  ['grants', 'grant references on tenant.users to hyponema_app', 'revoke references on tenant.users from hyponema_app'],
  ['grants', 'grant trigger on tenant.users to hyponema_worker', 'revoke trigger on tenant.users from hyponema_worker'],
  ['grants', 'grant select on tenant.users to public', 'revoke select on tenant.users from public'],
  ['grants', 'grant update on tenant.users to hyponema_backup', 'revoke update on tenant.users from hyponema_backup'],
  ['workspace_column', 'create table tenant.loose (id uuid primary key)', 'drop table tenant.loose'],
  [
    'key_shapes',
    'create unique index users_global on tenant.users (external_id_index)',
    'drop index tenant.users_global',
  ],
  [
    'key_shapes',
    'create unique index users_id on tenant.users (id); alter table tenant.signals add constraint loose foreign key (ref) references tenant.users (id)',
    'alter table tenant.signals drop constraint loose; drop index tenant.users_id',
  ],
  [
    'key_shapes',
    'alter table tenant.signals add constraint late foreign key (workspace_id, ref) references tenant.users (workspace_id, id) not valid',
    'alter table tenant.signals drop constraint late',
  ],
  ['sequences', 'create sequence tenant.numbers', 'drop sequence tenant.numbers'],
  ['partitions', 'create table tenant.turns_rest partition of tenant.turns default', 'drop table tenant.turns_rest'],
  [
    'partitions',
    'alter table tenant.agent_versions disable trigger append_only',
    'alter table tenant.agent_versions enable trigger append_only',
  ],
  [
    'partitions',
    'drop trigger no_truncate on tenant.audit_events',
    'create trigger no_truncate before truncate on tenant.audit_events for each statement execute function app.refuse_change()',
  ],
]

/** Roles belong to the whole server, so these are undone before anybody else can see them. */
const roleBreakages: readonly (readonly [rule: string, broken: string])[] = [
  ['role_attributes', 'alter role hyponema_app superuser'],
  ['role_attributes', 'alter role hyponema_app bypassrls'],
  ['role_attributes', 'alter role hyponema_worker createrole'],
  ['role_attributes', 'alter role hyponema_auth createdb'],
  ['role_attributes', 'alter role hyponema_sealer replication'],
  ['role_attributes', 'alter role hyponema_migrator bypassrls'],
  ['role_attributes', 'alter role hyponema_owner login'],
  ['roles_exist', 'alter role hyponema_sealer rename to hyponema_gone'],
  ['memberships', 'grant hyponema_owner to hyponema_app'],
  ['memberships', 'grant hyponema_auth to hyponema_worker'],
  ['memberships', 'grant pg_read_all_data to hyponema_app'],
  ['memberships', 'grant pg_signal_backend to hyponema_worker'],
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
  const rules = async (): Promise<string[]> => [
    ...new Set((await inspectBoundary(scratch.database.logins.app)).map(({ rule }) => rule)),
  ]

  test('holds after a migrate', async () => {
    expect(await inspectBoundary(scratch.database.logins.app)).toEqual([])
    expect(await assertBoundary(scratch.database)).toEqual([])
  })

  test.each(breakages)('%s sees: %s', async (rule, broken, mended) => {
    await run(broken)
    try {
      expect(await rules()).toContain(rule)
      await expect(assertBoundary(scratch.database)).rejects.toThrow(
        /^The data boundary does not hold: .*hyponema migrate URL/,
      )
    } finally {
      await run(mended)
    }
    expect(await rules()).toEqual([])
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
      'The database misses 0008_jobs; run `hyponema migrate URL`',
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
      'The database has no schema of ours; run `hyponema migrate URL`',
    )
    await empty.close()
    const nowhere = openDatabase({ address: { ...scratch.database.address, host: '127.0.0.1', port: 1 }, logins })
    await expect(assertBoundary(nowhere)).rejects.toThrow('cannot be reached as hyponema_app')
    await nowhere.close()
  })
})
