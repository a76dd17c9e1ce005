const rule = 'grants'
const grant = (right: string, object: string, role: string) =>
  [`grant ${right} on ${object} to ${role}`, `revoke ${right} on ${object} from ${role}`] as const

/** A right given to somebody who should not have it, the rule that must see it, how it is taken back, and what is said. */
export const brokenRights: readonly (readonly [rule: string, broken: string, mended: string, sentence: string])[] = [
  // Outside the schema of tenants: rows of every workspace, and the walls themselves.
  [rule, ...grant('select', 'app.dispatch', 'hyponema_app'), 'hyponema_app has SELECT on app.dispatch'],
  [rule, ...grant('insert', 'app.canaries', 'hyponema_worker'), 'hyponema_worker has INSERT on app.canaries'],
  [rule, ...grant('update', 'app.installation', 'hyponema_app'), 'hyponema_app has UPDATE on app.installation'],
  [rule, ...grant('select', 'app.dispatch', 'public'), 'PUBLIC has SELECT on app.dispatch'],
  [rule, ...grant('select (ref)', 'app.dispatch', 'hyponema_auth'), 'hyponema_auth has SELECT ref on app.dispatch'],
  [
    rule,
    ...grant('select', 'graphile_worker._private_jobs', 'hyponema_app'),
    'hyponema_app has SELECT on graphile_worker._private_jobs',
  ],
  [
    rule,
    ...grant('select', 'graphile_worker.jobs', 'hyponema_worker'),
    'hyponema_worker has SELECT on graphile_worker.jobs',
  ],
  [
    rule,
    ...grant('update', 'graphile_worker.migrations', 'hyponema_worker'),
    'hyponema_worker has UPDATE on graphile_worker.migrations',
  ],
  [
    rule,
    ...grant('update', 'sequence graphile_worker.tasks_id_seq', 'hyponema_worker'),
    'hyponema_worker has UPDATE on graphile_worker.tasks_id_seq',
  ],
  [
    rule,
    'create table public.foo (workspace_id uuid); grant select on public.foo to hyponema_app',
    'drop table public.foo',
    'hyponema_app has SELECT on public.foo',
  ],
  [
    rule,
    'create table public.foo (workspace_id uuid); grant insert on public.foo to public',
    'drop table public.foo',
    'PUBLIC has INSERT on public.foo',
  ],
  [
    rule,
    'create view public.foo as select * from tenant.users; grant select on public.foo to hyponema_worker',
    'drop view public.foo',
    'hyponema_worker has SELECT on public.foo',
  ],
  [
    rule,
    'create schema elsewhere; create sequence elsewhere.foo; grant usage on sequence elsewhere.foo to hyponema_auth',
    'drop schema elsewhere cascade',
    'hyponema_auth has USAGE on elsewhere.foo',
  ],
  [rule, ...grant('select', 'pg_authid', 'hyponema_app'), 'hyponema_app has SELECT on pg_catalog.pg_authid'],
  [rule, ...grant('select', 'pg_authid', 'public'), 'PUBLIC has SELECT on pg_catalog.pg_authid'],
  [
    rule,
    ...grant('select (rolpassword)', 'pg_authid', 'hyponema_sealer'),
    'hyponema_sealer has SELECT rolpassword on pg_catalog.pg_authid',
  ],
  // Tables of tenants: each login its own verbs and columns, and evidence is never changed.
  [rule, ...grant('update', 'tenant.audit_events', 'hyponema_app'), 'hyponema_app has UPDATE on tenant.audit_events'],
  [
    rule,
    ...grant('delete', 'tenant.audit_events', 'hyponema_worker'),
    'hyponema_worker has DELETE on tenant.audit_events',
  ],
  [
    rule,
    ...grant('update (canonical)', 'tenant.audit_events', 'hyponema_auth'),
    'hyponema_auth has UPDATE canonical on tenant.audit_events',
  ],
  [rule, ...grant('select', 'tenant.users', 'hyponema_sealer'), 'hyponema_sealer has SELECT on tenant.users'],
  [
    rule,
    ...grant('select (canonical)', 'tenant.audit_events', 'hyponema_sealer'),
    'hyponema_sealer has SELECT canonical on tenant.audit_events',
  ],
  [
    rule,
    ...grant('update', 'tenant.agent_versions', 'hyponema_app'),
    'hyponema_app has UPDATE on tenant.agent_versions',
  ],
  [
    rule,
    ...grant('update (is_canary)', 'tenant.workspaces', 'hyponema_app'),
    'hyponema_app has UPDATE is_canary on tenant.workspaces',
  ],
  [rule, ...grant('insert', 'tenant.signals', 'hyponema_app'), 'hyponema_app has INSERT on tenant.signals'],
  [rule, ...grant('select', 'tenant.users', 'hyponema_migrator'), 'hyponema_migrator has SELECT on tenant.users'],
  [
    rule,
    'grant select on tenant.users to hyponema_app with grant option',
    'revoke grant option for select on tenant.users from hyponema_app',
    'hyponema_app has SELECT on tenant.users and may pass it on',
  ],
  [
    rule,
    'revoke select on tenant.users from hyponema_worker',
    'grant select on tenant.users to hyponema_worker',
    'hyponema_worker lacks SELECT on tenant.users',
  ],
  // Functions and schemas.
  [rule, ...grant('execute', 'function app.uuid_v7()', 'hyponema_auth'), 'hyponema_auth has EXECUTE on app.uuid_v7()'],
  [
    rule,
    ...grant('execute', 'function app.uuid_floor(timestamptz)', 'public'),
    'PUBLIC has EXECUTE on app.uuid_floor(timestamp with time zone)',
  ],
  [
    rule,
    'create function app.fresh() returns integer language sql return 1; alter function app.fresh() owner to postgres; grant execute on function app.fresh() to public',
    'drop function app.fresh()',
    'PUBLIC has EXECUTE on app.fresh()',
  ],
  [
    rule,
    ...grant('execute', 'function pg_ls_dir(text)', 'hyponema_app'),
    'hyponema_app has EXECUTE on pg_ls_dir(text)',
  ],
  [
    'definers',
    'create function public.leak() returns bigint language sql security definer set search_path = pg_catalog, pg_temp as $$ select 1::bigint $$',
    'drop function public.leak()',
    'public.leak() is a definer function that nobody reviewed',
  ],
  [rule, ...grant('create', 'schema app', 'hyponema_app'), 'hyponema_app has CREATE on schema app'],
  [rule, ...grant('usage', 'schema jobs', 'hyponema_sealer'), 'hyponema_sealer has USAGE on schema jobs'],
  ['schema_usage', ...grant('usage', 'schema public', 'public'), 'role hyponema_app may use schema public'],
  [
    'schema_usage',
    'create schema elsewhere; grant usage on schema elsewhere to public',
    'drop schema elsewhere',
    'role hyponema_auth may use schema elsewhere',
  ],
  // The lock behind the missing grant.
  [
    'second_lock',
    'alter table app.dispatch disable row level security',
    'alter table app.dispatch enable row level security',
    'app.dispatch does not enable row level security',
  ],
  [
    'second_lock',
    'create policy opened on app.dispatch using (true)',
    'drop policy opened on app.dispatch',
    'app.dispatch has a policy that nobody reviewed: opened',
  ],
  [
    'second_lock',
    'create policy opened on graphile_worker._private_jobs for select using (true)',
    'drop policy opened on graphile_worker._private_jobs',
    'graphile_worker._private_jobs has a policy that nobody reviewed: opened',
  ],
  [
    'second_lock',
    'alter policy worker_only on graphile_worker._private_tasks to public',
    'alter policy worker_only on graphile_worker._private_tasks to hyponema_worker',
    'graphile_worker._private_tasks has a policy that nobody reviewed: worker_only',
  ],
  [
    'second_lock',
    'drop policy worker_only on graphile_worker._private_tasks',
    'create policy worker_only on graphile_worker._private_tasks to hyponema_worker using (true) with check (true)',
    'graphile_worker._private_tasks has no policy for the worker',
  ],
  [
    'second_lock',
    'create table app.loose (x integer)',
    'drop table app.loose',
    'app.loose does not enable row level security',
  ],
  [
    'unknown_tables',
    'create table tenant.loose (workspace_id uuid primary key)',
    'drop table tenant.loose',
    'tenant.loose is a table that this build does not know',
  ],
  // What is not made yet, and what is no table.
  [
    'default_privileges',
    'alter default privileges for role hyponema_owner in schema tenant grant select on tables to hyponema_app',
    'alter default privileges for role hyponema_owner in schema tenant revoke select on tables from hyponema_app',
    'what hyponema_owner makes in schema tenant is given to hyponema_app: SELECT',
  ],
  [
    'default_privileges',
    'alter default privileges for role postgres grant select on tables to public',
    'alter default privileges for role postgres revoke select on tables from public',
    'what postgres makes is given to PUBLIC: SELECT',
  ],
  [
    'default_privileges',
    'alter default privileges for role hyponema_owner in schema app grant insert on tables to hyponema_backup',
    'alter default privileges for role hyponema_owner in schema app revoke insert on tables from hyponema_backup',
    'what hyponema_owner makes in schema app is given to hyponema_backup: INSERT',
  ],
  [
    'default_privileges',
    'alter default privileges for role hyponema_owner grant execute on functions to public',
    'alter default privileges for role hyponema_owner revoke execute on functions from public',
    'every function that hyponema_owner makes is given to PUBLIC',
  ],
  [
    'other_objects',
    'create foreign data wrapper probe; grant usage on foreign data wrapper probe to hyponema_app',
    'drop foreign data wrapper probe cascade',
    'role hyponema_app has rights on foreign-data wrapper probe',
  ],
  [
    'other_objects',
    'grant usage on language plpgsql to hyponema_worker',
    'revoke usage on language plpgsql from hyponema_worker',
    'role hyponema_worker has rights on language plpgsql',
  ],
  // Owners: whoever owns a thing can change it.
  [
    'owners',
    'alter function app.uuid_floor(timestamptz) owner to postgres',
    'alter function app.uuid_floor(timestamptz) owner to hyponema_owner',
    'app.uuid_floor(timestamp with time zone) belongs to postgres',
  ],
  [
    'owners',
    'alter schema jobs owner to postgres',
    'alter schema jobs owner to hyponema_owner',
    'schema jobs belongs to postgres',
  ],
  [
    'definers',
    'alter function app.signal(text, uuid) set search_path = public, pg_temp',
    'alter function app.signal(text, uuid) set search_path = pg_catalog, pg_temp',
    'app.signal(text,uuid) is a definer function that has no pinned search_path',
  ],
]
