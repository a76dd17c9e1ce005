import type { Uuid } from '@hyponema/contract'
import type { Arena } from './probe-table.ts'
import type { LoginName } from './read-tables.ts'
import type { Verdict } from './verdict.ts'

/** Refused by rights, by the protocol (one statement a message), or because there is no such function. */
const refusals = new Set(['42501', '42883', '42601', '25001', '0A000', '55000'])

/** Everything by which a login might become somebody else, or its transaction somewhere else. */
export async function probeEscapes(
  arena: Arena,
  login: LoginName,
  { own, other }: { own: Uuid; other: Uuid },
): Promise<readonly Verdict[]> {
  const roles = await arena.ask<{ role: string }>(
    `select quote_ident(r.rolname) as role from pg_roles r
     where r.rolname <> $1 and (r.rolname ~ '^hyponema_' or r.rolsuper or r.rolbypassrls) order by 1`,
    [`hyponema_${login}`],
  )
  const escapes = [
    ...roles.flatMap(({ role }) => [`set role ${role}`, `set local session authorization ${role}`]),
    ...scopeEscapes(other),
    ...rightsEscapes,
  ]
  const here = { sql: 'select app.current_workspace()::text as scope', parameters: [] }
  const results = await arena.attempt(
    login,
    own,
    escapes.map((sql) => [here, { sql, parameters: [] }]),
  )
  return escapes.map((sql, index) => {
    const [control, attack] = results[index] ?? []
    const check = `${login} escape: ${sql}`
    const detail = JSON.stringify(results[index])
    if (control?.kind !== 'rows' || scopeOf(control.first) !== own) return { check, result: 'not_probed', detail }
    if (attack?.kind === 'refused' && refusals.has(attack.state)) return { check, result: 'held', detail: '' }
    return { check, result: 'leak', detail }
  })
}

function scopeOf(row: unknown): unknown {
  return typeof row === 'object' && row !== null && 'scope' in row ? row.scope : undefined
}

function scopeEscapes(other: Uuid): readonly string[] {
  return [
    `select set_config('app.workspace_id', '${other}', true)`,
    `select set_config('app.workspace_id', '${other}', false)`,
    `select query_to_xml('select set_config(''app.workspace_id'', ''${other}'', true)', true, false, '')`,
    `select query_to_xml('set local app.workspace_id = ''${other}''', true, false, '')`,
    `update pg_catalog.pg_settings set setting = '${other}' where name = 'app.workspace_id'`,
    `with s as (update pg_catalog.pg_settings set setting = '${other}' where name = 'app.workspace_id' returning 1) select * from s`,
    `select 1; set local app.workspace_id = '${other}'`,
    `commit; begin; set local app.workspace_id = '${other}'`,
    `do $$ begin execute 'set local app.workspace_id = ''${other}'''; end $$`,
  ]
}

const rightsEscapes: readonly string[] = [
  'set session_replication_role = replica',
  'create temp table escape (x integer)',
  'create table public.escape (x integer)',
  'create table app.escape (x integer)',
  'create function pg_temp.escape() returns integer language sql as $$ select 1 $$',
  'create schema escape',
  "copy (select 1) to program 'true'",
  "copy (select 1) to '/tmp/escape'",
  'alter table tenant.users disable row level security',
  'drop policy workspace_scope on tenant.users',
  'truncate tenant.users',
  "select pg_notify('hyponema_signal', 'x')",
  'select pg_advisory_lock(1)',
  'select pg_sleep(0)',
  "select pg_read_file('/etc/passwd')",
  'select lo_create(0)',
  'select pg_terminate_backend(0)',
  "select dblink('x', 'y')",
  'select rolpassword from pg_catalog.pg_authid',
]
