/** One wall taken down in this database, the rule that must see it, and how it is built again. */
export const brokenWalls: readonly (readonly [rule: string, broken: string, mended: string])[] = [
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
  [
    'database_rights',
    'grant temporary on database DB to hyponema_search',
    'revoke temporary on database DB from hyponema_search',
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
    'alter table tenant.signals owner to hyponema_owner; grant select on tenant.signals to hyponema_app',
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
  // The search index: the one exception, and nothing beside it.
  [
    'schema_rights',
    'grant create on schema tenant to hyponema_search',
    'revoke create on schema tenant from hyponema_search',
  ],
  [
    'row_security',
    'alter table tenant.knowledge_index disable row level security',
    'alter table tenant.knowledge_index enable row level security',
  ],
  [
    'row_security',
    'alter table tenant.knowledge_index force row level security',
    'alter table tenant.knowledge_index no force row level security',
  ],
  [
    'row_security',
    'alter table tenant.knowledge_words no force row level security',
    'alter table tenant.knowledge_words force row level security',
  ],
  [
    'policies',
    'alter policy workspace_scope on tenant.knowledge_index using (true)',
    'alter policy workspace_scope on tenant.knowledge_index using (workspace_id = app.current_workspace())',
  ],
  [
    'owners',
    'alter table tenant.knowledge_index owner to hyponema_owner',
    'alter table tenant.knowledge_index owner to hyponema_search; grant select, insert, delete on tenant.knowledge_index to hyponema_owner',
  ],
  [
    'owners',
    'alter table tenant.knowledge_words owner to hyponema_owner',
    'alter table tenant.knowledge_words owner to hyponema_search; grant select, insert, delete on tenant.knowledge_words to hyponema_owner',
  ],
  [
    'owners',
    'alter table tenant.signals owner to hyponema_search',
    'alter table tenant.signals owner to hyponema_owner',
  ],
  [
    'search_owner',
    'create table public.probe (x integer); alter table public.probe owner to hyponema_search',
    'drop table public.probe',
  ],
  [
    'definers',
    'alter function app.search_knowledge(text,uuid[],integer[],regconfig[],integer) owner to hyponema_owner',
    'alter function app.search_knowledge(text,uuid[],integer[],regconfig[],integer) owner to hyponema_search',
  ],
  [
    'definers',
    'alter function app.signal(text, uuid) owner to hyponema_search',
    'alter function app.signal(text, uuid) owner to hyponema_owner',
  ],
  [
    'definers',
    'alter function app.search_knowledge(text,uuid[],integer[],regconfig[],integer) set enable_seqscan = on',
    'alter function app.search_knowledge(text,uuid[],integer[],regconfig[],integer) set enable_seqscan = off',
  ],
  [
    'definers',
    'alter function app.search_knowledge(text,uuid[],integer[],regconfig[],integer) set search_path = public, pg_temp',
    'alter function app.search_knowledge(text,uuid[],integer[],regconfig[],integer) set search_path = pg_catalog, pg_temp',
  ],
  ['grants', 'grant select on tenant.users to hyponema_search', 'revoke select on tenant.users from hyponema_search'],
  [
    'grants',
    'grant execute on function app.uuid_v7() to hyponema_search',
    'revoke execute on function app.uuid_v7() from hyponema_search',
  ],
  [
    'grants',
    'grant select on tenant.knowledge_index to hyponema_app',
    'revoke select on tenant.knowledge_index from hyponema_app',
  ],
]
