-- Evidence. No foreign key to workspaces: the log outlives its workspace, and the installation's log has none.
create table tenant.audit_events (
  workspace_id uuid not null,
  id uuid not null,
  action text not null check (char_length(action) between 1 and 100),
  actor_kind text not null check (actor_kind in ('api_key', 'operator', 'session_token', 'system')),
  actor_id text not null check (char_length(actor_id) between 1 and 200),
  target_kind text not null check (char_length(target_kind) between 1 and 60),
  target_id text not null check (char_length(target_id) between 1 and 200),
  request_id text check (char_length(request_id) between 1 and 100),
  address text check (char_length(address) between 1 and 100),
  user_agent text check (char_length(user_agent) <= 500),
  canonical bytea not null,
  leaf_hash bytea not null check (octet_length(leaf_hash) = 32),
  occurred_at timestamptz not null,
  primary key (workspace_id, id)
) partition by range (id);
create index audit_events_by_action on tenant.audit_events (workspace_id, action, id desc);
create index audit_events_by_target on tenant.audit_events (workspace_id, target_kind, target_id, id desc);
call app.protect_table('tenant.audit_events');
grant select, insert on tenant.audit_events to hyponema_app, hyponema_worker;
grant insert on tenant.audit_events to hyponema_auth;
grant select (workspace_id, id, leaf_hash) on tenant.audit_events to hyponema_sealer;

-- Row triggers are cloned to partitions; the statement triggers are not, so app.ensure_partitions() makes those.
create trigger append_only before update or delete on tenant.audit_events for each row execute function app.refuse_change();
create trigger no_truncate before truncate on tenant.audit_events for each statement execute function app.refuse_change();
create trigger clock before insert on tenant.audit_events for each row execute function app.refuse_foreign_clock();

create function app.dispatch_seal() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  insert into app.dispatch (workspace_id, kind, ref, due_at) values (new.workspace_id, 'seal', new.id, now());
  return null;
end
$$;
create trigger seal after insert on tenant.audit_events for each row execute function app.dispatch_seal();
