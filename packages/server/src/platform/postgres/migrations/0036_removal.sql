-- Drops a month whole when every workspace's rule has let go of its last day and nobody holds anything. Returns whether it did.
-- A workspace that has set no rule has the standard ones; the log of the installation is kept for three years.
create or replace function app.drop_expired_partition(name text) returns boolean
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

-- Attempts that no cap counts leave earlier than those between which they lie.
create index contact_attempts_uncounted on tenant.contact_attempts (workspace_id, id)
  where state in ('cancelled', 'deferred', 'denied');
