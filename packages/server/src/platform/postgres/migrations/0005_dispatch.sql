-- What is due, across workspaces: ids and times only. A row is a wake-up and never an authority.
-- One mechanism serves claims and leases: whoever holds a row holds it until due_at, and only a row that is due can be
-- taken by somebody else (compare-and-set).
create table app.dispatch_kinds (
  kind text primary key,
  -- The one login that may claim rows of this kind.
  claimed_by name not null,
  -- Whether dispatch_put() may write it: leases are written by lease_take() and seals by a trigger.
  put_by_hand boolean not null,
  -- Whether dispatch_done() may remove it: whoever ends a session ends its lease too, but a seal is owed until it is made.
  done_by_hand boolean not null
);
insert into app.dispatch_kinds (kind, claimed_by, put_by_hand, done_by_hand) values
  ('session_expiry', 'hyponema_worker', true, true),
  ('session_lease', 'hyponema_worker', false, true),
  ('outbox', 'hyponema_worker', true, true),
  ('seal', 'hyponema_sealer', false, false);

create table app.dispatch (
  workspace_id uuid not null,
  kind text not null references app.dispatch_kinds (kind),
  ref uuid not null,
  due_at timestamptz not null,
  holder uuid,
  primary key (workspace_id, kind, ref)
);
create index dispatch_due on app.dispatch (kind, workspace_id, due_at);

-- No login is granted these tables; row security without a policy is the second lock.
alter table app.dispatch_kinds enable row level security;
alter table app.dispatch enable row level security;
alter table app.canaries enable row level security;

create function app.dispatch_put(kind text, ref uuid, due_at timestamptz) returns void
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  if not exists (select 1 from app.dispatch_kinds k where k.kind = dispatch_put.kind and k.put_by_hand) then
    raise exception 'dispatch kind % cannot be put', dispatch_put.kind using errcode = '42501';
  end if;
  insert into app.dispatch as d (workspace_id, kind, ref, due_at)
  values (app.required_workspace(), dispatch_put.kind, dispatch_put.ref, dispatch_put.due_at)
  on conflict (workspace_id, kind, ref) do update set due_at = excluded.due_at, holder = null;
end
$$;

create function app.dispatch_done(kind text, ref uuid) returns boolean
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  if not exists (select 1 from app.dispatch_kinds k where k.kind = dispatch_done.kind and k.done_by_hand) then
    raise exception 'dispatch kind % cannot be removed by hand', dispatch_done.kind using errcode = '42501';
  end if;
  delete from app.dispatch d
  where d.workspace_id = app.required_workspace() and d.kind = dispatch_done.kind and d.ref = dispatch_done.ref;
  return found;
end
$$;

-- What a claimer calls when it has handled a row: a row that was put again meanwhile has no holder and stays.
create function app.dispatch_settle(kind text, ref uuid, claimant uuid) returns boolean
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  if not exists (select 1 from app.dispatch_kinds k where k.kind = dispatch_settle.kind and k.claimed_by = session_user) then
    raise exception 'dispatch kind % is not claimed by %', dispatch_settle.kind, session_user using errcode = '42501';
  end if;
  delete from app.dispatch d
  where d.workspace_id = app.required_workspace() and d.kind = dispatch_settle.kind and d.ref = dispatch_settle.ref
    and d.holder = dispatch_settle.claimant;
  return found;
end
$$;

-- Fair: at most per_workspace rows of each workspace and kind, and the first of everybody before the second of anybody.
-- `hold` is how long a claimer may take before the row is due for others again.
create function app.claim_dispatch(kinds text[], per_workspace integer, max_rows integer, claimant uuid, hold interval)
  returns table (workspace_id uuid, kind text, ref uuid)
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  wanted text;
begin
  if claimant is null or hold not between interval '1 second' and interval '1 hour'
    or per_workspace not between 1 and 1000 or max_rows not between 1 and 1000 then
    raise exception 'claim_dispatch: arguments out of range' using errcode = '22023';
  end if;
  foreach wanted in array kinds loop
    if not exists (select 1 from app.dispatch_kinds k where k.kind = wanted and k.claimed_by = session_user) then
      raise exception 'dispatch kind % is not claimed by %', wanted, session_user using errcode = '42501';
    end if;
    return query
      with recursive waiting (id) as (
        (select d.workspace_id from app.dispatch d where d.kind = wanted order by d.workspace_id limit 1)
        union all
        select (
          select d.workspace_id from app.dispatch d
          where d.kind = wanted and d.workspace_id > w.id order by d.workspace_id limit 1
        ) from waiting w where w.id is not null
      ), due as (
        select locked.workspace_id, locked.ref, locked.due_at
        from waiting w
        cross join lateral (
          select d.workspace_id, d.ref, d.due_at from app.dispatch d
          where d.kind = wanted and d.workspace_id = w.id and d.due_at <= clock_timestamp()
          order by d.due_at limit per_workspace for update skip locked
        ) locked
        where w.id is not null and not exists (select 1 from app.canaries c where c.workspace_id = w.id)
      ), chosen as (
        select r.workspace_id, r.ref from (
          select due.*, row_number() over (partition by due.workspace_id order by due.due_at) as place from due
        ) r order by r.place, r.due_at limit max_rows
      )
      update app.dispatch d
      set holder = claimant, due_at = clock_timestamp() + hold
      from chosen where d.workspace_id = chosen.workspace_id and d.kind = wanted and d.ref = chosen.ref
      returning d.workspace_id, d.kind, d.ref;
  end loop;
end
$$;

-- Leases of live sessions. Each returns the refs for which it succeeded; the caller compares.
create function app.lease_take(refs uuid[], claimant uuid, ttl interval) returns setof uuid
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  if claimant is null or ttl not between interval '1 second' and interval '1 hour' then
    raise exception 'lease_take: arguments out of range' using errcode = '22023';
  end if;
  return query
    insert into app.dispatch as d (workspace_id, kind, ref, due_at, holder)
    select app.required_workspace(), 'session_lease', r.ref, clock_timestamp() + ttl, claimant
    from unnest(refs) as r (ref) order by r.ref
    on conflict (workspace_id, kind, ref) do update set due_at = excluded.due_at, holder = excluded.holder
      where d.due_at <= clock_timestamp() or d.holder = excluded.holder
    returning d.ref;
end
$$;

create function app.lease_renew(refs uuid[], claimant uuid, ttl interval) returns setof uuid
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  if claimant is null or ttl not between interval '1 second' and interval '1 hour' then
    raise exception 'lease_renew: arguments out of range' using errcode = '22023';
  end if;
  return query
    update app.dispatch d set due_at = clock_timestamp() + ttl
    where d.workspace_id = app.required_workspace() and d.kind = 'session_lease' and d.ref = any (refs)
      and d.holder = claimant
    returning d.ref;
end
$$;

create function app.lease_release(refs uuid[], claimant uuid) returns setof uuid
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  return query
    delete from app.dispatch d
    where d.workspace_id = app.required_workspace() and d.kind = 'session_lease' and d.ref = any (refs)
      and d.holder = claimant
    returning d.ref;
end
$$;

-- The receiver opens the workspace, reads the row and does nothing that the row does not say.
create function app.signal(kind text, ref uuid) returns uuid
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  workspace uuid := app.required_workspace();
  id uuid := app.uuid_v7();
begin
  insert into tenant.signals (workspace_id, id, kind, ref) values (workspace, id, signal.kind, signal.ref);
  perform pg_notify('hyponema_signal', workspace || ' ' || id);
  return id;
end
$$;

grant execute on function
  app.dispatch_put(text, uuid, timestamptz), app.dispatch_done(text, uuid),
  app.lease_take(uuid[], uuid, interval), app.lease_renew(uuid[], uuid, interval), app.lease_release(uuid[], uuid),
  app.signal(text, uuid)
  to hyponema_app, hyponema_worker;
grant execute on function
  app.claim_dispatch(text[], integer, integer, uuid, interval), app.dispatch_settle(text, uuid, uuid)
  to hyponema_worker, hyponema_sealer;
