import { adminRoles, ownerRole, searchRole, servingRoles } from '../roles.ts'
import type { Asker } from './asker.ts'
import type { Mutation } from './mutation.ts'

const logins = Object.values(servingRoles)

/** Functions, languages, roles, settings and the scope itself. */
export async function functionMutations(ask: Asker): Promise<readonly Mutation[]> {
  const rows = await ask<{ rule: string; statement: string }>(functionsSql, [logins])
  return [
    ...rows.map(({ rule, statement }) => {
      // What everybody may execute is said of each login.
      const isEveryLogin = rule === 'dangerous_functions' && statement.endsWith('to public')
      return { rule, statements: [statement], ...(isEveryLogin ? { lines: logins.length } : {}) }
    }),
    ...scopeMutations,
    ...roleMutations(),
    ...otherMutations,
  ]
}

const functionsSql = `with ours as (
    select p.oid, p.oid::regprocedure as name, p.prosecdef, p.prokind from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname not in ('pg_catalog', 'information_schema')
  )
  select 'grants' as rule, format('grant execute on routine %s to %s', o.name, l) as statement
  from ours o cross join unnest($1::text[] || 'public'::text) l
  where l = 'public' or not has_function_privilege(l, o.oid, 'EXECUTE')
  union all
  select case when o.prosecdef then 'definers' else 'grants' end, format('revoke execute on routine %s from %I', o.name, l)
  from ours o cross join unnest($1::text[]) l where has_function_privilege(l, o.oid, 'EXECUTE')
  union all
  select 'definers', format('alter routine %s reset search_path', o.name) from ours o where o.prosecdef
  union all
  select 'definers', format('alter routine %s set search_path = public, pg_temp', o.name) from ours o where o.prosecdef
  union all
  select 'definers', format('alter routine %s security definer', o.name) from ours o where not o.prosecdef
  union all
  select 'owners', format('alter routine %s owner to %s', o.name, l) from ours o cross join unnest($1::text[] || 'current_user'::text) l
  union all
  select 'dangerous_functions', format('grant execute on function %s to public', p.oid::regprocedure)
  from pg_proc p where p.pronamespace = 'pg_catalog'::regnamespace and p.prokind = 'f'
    and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype) and not has_function_privilege($1[1], p.oid, 'EXECUTE')
  union all
  select 'dangerous_functions', format('grant execute on function %s to %I', p.oid::regprocedure, l)
  from pg_proc p cross join unnest($1::text[]) l where p.pronamespace = 'pg_catalog'::regnamespace
    and p.proname in ('set_config', 'pg_notify', 'query_to_xml', 'lo_create', 'pg_advisory_lock', 'pg_terminate_backend', 'pg_read_file')
  order by 1, 2`

const scope = (body: string): Mutation => ({
  rule: 'scope_function',
  statements: [
    'drop function app.current_workspace() cascade',
    `create function app.current_workspace() returns uuid language sql stable parallel safe ${body}`,
  ],
})

const replaced = (rest: string): Mutation => ({
  rule: 'scope_function',
  statements: [`create or replace function app.current_workspace() returns uuid language sql ${rest}`],
})

const good = "return nullif(current_setting('app.workspace_id', true), '')::uuid"

const scopeMutations: readonly Mutation[] = [
  replaced(
    "stable parallel safe return coalesce(nullif(current_setting('app.workspace_id', true), ''), '00000000-0000-7000-8000-000000000001')::uuid",
  ),
  replaced("stable parallel safe return current_setting('app.workspace_id', true)::uuid"),
  replaced("stable parallel safe return nullif(current_setting('app.other_id', true), '')::uuid"),
  replaced(`stable security definer ${good}`),
  replaced(`immutable parallel safe ${good}`),
  replaced(`volatile parallel safe ${good}`),
  replaced(`stable parallel safe set app.workspace_id = '' ${good}`),
  scope("as $$ select nullif(current_setting('app.workspace_id', true), '')::uuid $$"),
]

function roleMutations(): readonly Mutation[] {
  const ours = [...logins, ...Object.values(adminRoles), ownerRole, searchRole]
  const attributes = ['superuser', 'createrole', 'createdb', 'replication', 'bypassrls']
  return [
    ...ours.flatMap((role) =>
      attributes
        .filter((attribute) => !(role === adminRoles.backup && attribute === 'bypassrls'))
        .map((attribute) => ({ rule: 'role_attributes', statements: [`alter role ${role} ${attribute}`] })),
    ),
    { rule: 'role_attributes', statements: [`alter role ${ownerRole} login`] },
    { rule: 'role_attributes', statements: [`alter role ${searchRole} login`] },
    ...[ownerRole, adminRoles.migrator].map((role) => ({
      rule: 'memberships',
      statements: [`grant ${searchRole} to ${role}`],
    })),
    ...logins.map((role) => ({ rule: 'memberships', statements: [`grant ${role} to ${searchRole}`] })),
    ...ours.map((role) => ({ rule: 'roles_exist', statements: [`alter role ${role} rename to hyponema_gone`] })),
    ...logins.flatMap((login) =>
      [...ours, 'pg_read_all_data', 'pg_write_all_data', 'pg_signal_backend', 'pg_read_all_stats']
        .filter((role) => role !== login)
        .map((role) => ({ rule: 'memberships', statements: [`grant ${role} to ${login}`] })),
    ),
    ...logins.flatMap((login) =>
      ['app.workspace_id', 'row_security', 'search_path'].map((setting) => ({
        rule: 'role_settings',
        statements: [`alter role ${login} set ${setting} = 'off'`],
      })),
    ),
    ...logins.map((login) => ({ rule: 'languages', statements: [`grant usage on language plpgsql to ${login}`] })),
  ]
}

const otherMutations: readonly Mutation[] = [
  { rule: 'languages', statements: ['grant usage on language plpgsql to public'] },
  {
    rule: 'definers',
    statements: [
      'create function app.loose() returns bigint language sql security definer set search_path = pg_catalog, pg_temp as $$ select 1::bigint $$',
    ],
  },
  { rule: 'sequences', statements: ['create sequence tenant.loose'] },
  {
    rule: 'unknown_tables',
    statements: ['create table tenant.loose (workspace_id uuid primary key)', "call app.protect_table('tenant.loose')"],
  },
  { rule: 'second_lock', statements: ['create table app.loose (x integer)'] },
  ...logins.map((login) => ({
    rule: 'default_privileges',
    statements: [`alter default privileges for role ${ownerRole} in schema tenant grant select on tables to ${login}`],
  })),
  {
    rule: 'default_privileges',
    statements: [`alter default privileges for role ${ownerRole} grant execute on functions to public`],
  },
]
