-- lifts-force: tenant.sessions
-- How long what is kept, who asked to keep it longer, and what the last look removed. Days; 0 is never kept.
create table tenant.retention_rules (
  workspace_id uuid not null primary key references tenant.workspaces (workspace_id),
  preset text check (preset in ('minimal', 'standard', 'regulated')),
  rules jsonb not null check (jsonb_typeof(rules) = 'object'),
  updated_at timestamptz not null default now(),
  run_begun_at timestamptz,
  run_finished_at timestamptz,
  run_error text check (char_length(run_error) <= 500),
  removed jsonb not null default '{}' check (jsonb_typeof(removed) = 'object')
);
call app.protect_table('tenant.retention_rules');
grant select, insert on tenant.retention_rules to hyponema_app, hyponema_worker;
-- FOR SHARE, by which a batch and a new hold see each other, wants the right to update a column.
grant update (preset, rules, updated_at) on tenant.retention_rules to hyponema_app;
grant update (run_begun_at, run_finished_at, run_error, removed) on tenant.retention_rules to hyponema_worker;

create table tenant.legal_holds (
  workspace_id uuid not null references tenant.workspaces (workspace_id),
  id uuid not null,
  -- Neither is a hold on the whole workspace.
  user_id uuid,
  agent_id uuid,
  reason text not null check (char_length(reason) between 1 and 500),
  created_by text not null check (char_length(created_by) between 1 and 200),
  created_at timestamptz not null default now(),
  until timestamptz,
  released_at timestamptz,
  released_by text check (char_length(released_by) between 1 and 200),
  primary key (workspace_id, id),
  foreign key (workspace_id, user_id) references tenant.users (workspace_id, id),
  foreign key (workspace_id, agent_id) references tenant.agents (workspace_id, id),
  check ((released_at is null) = (released_by is null))
);
create index legal_holds_by_user on tenant.legal_holds (workspace_id, user_id);
create index legal_holds_by_agent on tenant.legal_holds (workspace_id, agent_id);
call app.protect_table('tenant.legal_holds');
grant select, insert on tenant.legal_holds to hyponema_app;
grant update (released_at, released_by) on tenant.legal_holds to hyponema_app;
grant select, delete on tenant.legal_holds to hyponema_worker;

-- Which contents of an ended session are gone: 1 transcripts, 2 tool payloads, 4 decisions, 8 traces, 16 recordings.
alter table tenant.sessions add column purged smallint not null default 0 check (purged between 0 and 31);
-- Ended sessions by what they have lost and when they ended: a batch reads the rows that it removes, however many stay. The one of
-- agents is for those with shorter rules of their own.
create index sessions_by_purged on tenant.sessions (workspace_id, purged, ended_at, id) where ended_at is not null;
create index sessions_of_agent_by_purged on tenant.sessions (workspace_id, agent_id, purged, ended_at, id)
  where ended_at is not null;
-- The oldest words of tools, of which most turns have none.
create index turns_with_tools on tenant.turns (workspace_id, id) where tool_payloads is not null;
-- Attempts that no cap counts leave earlier than those between which they lie.
create index contact_attempts_uncounted on tenant.contact_attempts (workspace_id, id)
  where state in ('cancelled', 'deferred', 'denied');
grant update (tool_payloads) on tenant.turns to hyponema_worker;

-- What the function that drops a month has to know of every workspace. It is the owner's and forced, so it sees no row of tenants;
-- triggers keep what it needs: numbers and times.
create table app.retention_bounds (
  workspace_id uuid primary key,
  turns integer not null,
  decisions integer not null,
  turn_traces integer not null,
  audit_events integer not null
);
alter table app.retention_bounds enable row level security;
create table app.active_holds (
  workspace_id uuid not null,
  id uuid not null,
  until timestamptz,
  primary key (workspace_id, id)
);
alter table app.active_holds enable row level security;

-- A rule can be 'never': then no day of a month is kept.
create function app.keep_retention_bounds() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  insert into app.retention_bounds as b (workspace_id, turns, decisions, turn_traces, audit_events)
  values (new.workspace_id,
    coalesce(nullif(new.rules ->> 'transcripts', 'never'), '0')::integer,
    coalesce(nullif(new.rules ->> 'decisions', 'never'), '0')::integer,
    coalesce(nullif(new.rules ->> 'traces', 'never'), '0')::integer,
    (new.rules ->> 'audit')::integer)
  on conflict (workspace_id) do update set turns = excluded.turns, decisions = excluded.decisions,
    turn_traces = excluded.turn_traces, audit_events = excluded.audit_events;
  return null;
end
$$;
create trigger keep_bounds after insert or update on tenant.retention_rules
  for each row execute function app.keep_retention_bounds();

create function app.keep_active_holds() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'DELETE' or new.released_at is not null then
    delete from app.active_holds h
    where h.workspace_id = coalesce(new.workspace_id, old.workspace_id) and h.id = coalesce(new.id, old.id);
  else
    insert into app.active_holds (workspace_id, id, until) values (new.workspace_id, new.id, new.until)
    on conflict (workspace_id, id) do nothing;
  end if;
  return null;
end
$$;
create trigger keep_holds after insert or update or delete on tenant.legal_holds
  for each row execute function app.keep_active_holds();

-- Drops a month whole when every workspace's rule has let go of its last day and nobody holds anything. Returns whether it did.
-- A workspace that has set no rule has the standard ones; the log of the installation is kept for three years.
create function app.drop_expired_partition(name text) returns boolean
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  parts text[] := regexp_match(drop_expired_partition.name, '^(turns|decisions|turn_traces|audit_events)_(\d{4})_(\d{2})$');
  longest integer;
  month_end timestamptz;
begin
  if parts is null or not exists (
    select from pg_inherits i where i.inhrelid = to_regclass('tenant.' || drop_expired_partition.name)
      and i.inhparent = to_regclass('tenant.' || parts[1])
  ) then
    raise exception 'no partition of that name' using errcode = '22023';
  end if;
  set local lock_timeout = '2s';
  -- Whoever makes a hold or a longer rule waits until the month is gone or stays, and one who was first is seen here. Rules
  -- before holds, as createHold takes them.
  lock table app.retention_bounds in share mode;
  lock table app.active_holds in share mode;
  -- Canary workspaces hold a probe's row for ever, and nothing that anybody wants to keep.
  if exists (
    select from app.active_holds h join app.workspace_ids w on w.workspace_id = h.workspace_id
    where h.until is null or h.until > now()
  ) then
    return false;
  end if;
  month_end := (make_date(parts[2]::integer, parts[3]::integer, 1) + interval '1 month') at time zone 'UTC';
  select max(case parts[1]
      when 'turns' then coalesce(b.turns, 90)
      when 'decisions' then coalesce(b.decisions, 180)
      when 'turn_traces' then coalesce(b.turn_traces, 30)
      else coalesce(b.audit_events, 1095)
    end) into longest
  from app.workspace_ids w left join app.retention_bounds b on b.workspace_id = w.workspace_id;
  -- Days count from the end of a session, which lasts a day at most: what was said in the last minute of the month may belong
  -- to one that ended a day later, or that goes on.
  longest := greatest(coalesce(longest, 0), case parts[1] when 'audit_events' then 1095 else 0 end) + 2;
  if month_end + make_interval(days => longest) > now() then
    return false;
  end if;
  execute format('drop table tenant.%I', drop_expired_partition.name);
  return true;
end
$$;
grant execute on function app.drop_expired_partition(text) to hyponema_worker;
