-- The scope and the one policy template. Everything later stands on these.

alter default privileges revoke execute on functions from public;

create schema tenant;
grant usage on schema tenant to hyponema_app, hyponema_worker, hyponema_auth, hyponema_sealer, hyponema_backup;
grant usage on schema app to hyponema_app, hyponema_worker, hyponema_auth, hyponema_sealer, hyponema_backup;

alter default privileges in schema tenant grant select on tables to hyponema_backup;
alter default privileges in schema app grant select on tables to hyponema_backup;

-- Inlinable on purpose (plain SQL, no SET, no SECURITY DEFINER): the planner sees a stable expression and uses the key.
-- `nullif` because a setting that was local in an earlier transaction is '' on that connection, not NULL.
create function app.current_workspace() returns uuid
  language sql stable parallel safe
  return nullif(current_setting('app.workspace_id', true), '')::uuid;
grant execute on function app.current_workspace() to hyponema_app, hyponema_worker, hyponema_auth, hyponema_sealer, hyponema_backup;

-- For definer functions that write: no scope is an error there, never "no rows".
create function app.required_workspace() returns uuid
  language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  workspace uuid := app.current_workspace();
begin
  if workspace is null then
    raise exception 'no workspace scope is set' using errcode = 'HS001';
  end if;
  return workspace;
end
$$;

-- The template. Not a definer function and granted to nobody: only a migration and ensure_partitions() call it.
create procedure app.protect_table(target regclass)
  language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format(
    'create policy workspace_scope on %s as permissive for all to public '
    'using (workspace_id = app.current_workspace()) with check (workspace_id = app.current_workspace())', target);
end
$$;

-- The smallest UUID of a millisecond; every UUIDv7 of that millisecond is greater (its version nibble is 7).
create function app.uuid_floor(moment timestamptz) returns uuid
  language sql stable parallel safe
  return (lpad(to_hex(floor(extract(epoch from moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;

create function app.uuid_moment(id uuid) returns timestamptz
  language sql immutable parallel safe
  return to_timestamp(('x' || lpad(left(replace(id::text, '-', ''), 12), 16, '0'))::bit(64)::bigint / 1000.0);
-- The trigger below runs as whoever inserts.
grant execute on function app.uuid_moment(uuid) to hyponema_app, hyponema_worker, hyponema_auth;

-- RFC 9562 section 5.7, for rows that the database makes by itself.
create function app.uuid_v7() returns uuid
  language sql volatile parallel safe
  return encode(
    set_byte(
      overlay(uuid_send(gen_random_uuid())
        placing substring(int8send(floor(extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6),
      6, (get_byte(uuid_send(gen_random_uuid()), 6) & 15) | 112),
    'hex')::uuid;

-- Time-ordered ids decide the partition and the order of lists, so a wrong clock is refused and not stored.
create function app.refuse_foreign_clock() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  if abs(extract(epoch from clock_timestamp() - app.uuid_moment(new.id))) > 300 then
    raise exception 'the time in the id is more than 5 minutes from the clock of the database' using errcode = 'HC001';
  end if;
  return new;
end
$$;

create function app.refuse_change() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception '% is append-only: % refused', tg_table_name, tg_op using errcode = 'HI001';
end
$$;

-- The log of the installation lies under one reserved workspace id that no key, token or membership can name.
create function app.installation_workspace() returns uuid
  language sql immutable parallel safe
  return '00000000-0000-7000-8000-000000000000'::uuid;

-- One row of facts about this database. `revokes_applied_at` stays null on a managed server, where the revokes that need
-- a superuser are impossible; once set, a start without the revokes is refused (a restore lost them).
create table app.installation (
  only_row boolean primary key default true check (only_row),
  revokes_applied_at timestamptz
);
insert into app.installation default values;
grant select on app.installation, app.schema_migrations
  to hyponema_app, hyponema_worker, hyponema_auth, hyponema_sealer, hyponema_backup;
