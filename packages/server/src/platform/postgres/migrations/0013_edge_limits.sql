-- What the processes of one installation tell each other about their budgets (data-boundary 5), and the one count of
-- strangers that is exact: failed sign-ins.

-- One row for each budget that was taken from lately, by every process together: at `drained_at` it is whole again, and
-- the row says nothing any more. UNLOGGED: a crash of the database forgives seconds, and nobody waits for its log. The
-- key is a hash of the budget's name and of whose it is.
create unlogged table app.limit_debts (
  key bytea primary key check (octet_length(key) = 32),
  drained_at timestamptz not null
);
create index limit_debts_drained on app.limit_debts (drained_at);
alter table app.limit_debts enable row level security;

-- Adds what one process took, and answers with what all of them took and what has not flowed back (the generic cell rate
-- algorithm of ITU-T I.371: a debt is the time until it is paid). Across workspaces on purpose: an address has one budget
-- wherever it knocks. It takes hashes, answers for keys that the caller knows, and can only add: who abuses it has
-- others refused for a while, and reads and changes nothing of theirs.
create function app.limits_merge(keys bytea[], taken double precision[], per_second double precision[])
  returns table (key bytea, debt double precision)
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  moment timestamptz := clock_timestamp();
begin
  -- NaN is greater than every number, so `between` refuses it too.
  if cardinality(keys) > 2000 or cardinality(keys) <> cardinality(taken) or cardinality(keys) <> cardinality(per_second)
    or exists (
      select 1 from unnest(keys, taken, per_second) as t (k, n, r)
      where k is null or n is null or r is null or octet_length(k) <> 32
        or n not between 0 and 100000 or r not between 0.0001 and 1000000
    ) then
    raise exception 'limits_merge: arguments out of range' using errcode = '22023';
  end if;
  -- What is held is being merged by another process at this moment, and stays.
  delete from app.limit_debts d where d.key in (
    select old.key from app.limit_debts old where old.drained_at < moment
    order by old.drained_at limit 4000 for update skip locked
  );
  -- In the order of the keys, so that two processes never wait for each other in a circle.
  return query
    with merged as (
      insert into app.limit_debts as d (key, drained_at)
      select t.k, moment + make_interval(secs => t.n / t.r)
      from unnest(keys, taken, per_second) as t (k, n, r) order by t.k
      on conflict (key) do update
        set drained_at = greatest(d.drained_at, moment) + (excluded.drained_at - moment)
      returning d.key, d.drained_at
    )
    select m.key, greatest(extract(epoch from m.drained_at - moment) * t.r, 0)::double precision
    from merged m join unnest(keys, per_second) as t (k, r) on t.k = m.key;
end
$$;
grant execute on function app.limits_merge(bytea[], double precision[], double precision[]) to hyponema_app;

-- Attempts to sign in that were not (yet) right, of one network or for one e-mail address, within one window. An attempt
-- is counted before it is judged and given back when it was right, so that no number of them at once, on however many
-- processes, is more than the limit. The subject is a hash: who tried is nobody's list.
create table identity.sign_in_failures (
  subject bytea primary key check (octet_length(subject) = 32),
  failures integer not null check (failures >= 0),
  window_ends_at timestamptz not null
);
create index sign_in_failures_by_age on identity.sign_in_failures (window_ends_at);
alter table identity.sign_in_failures enable row level security;
create policy auth_only on identity.sign_in_failures for all to hyponema_auth using (true) with check (true);
grant select, insert, update, delete on identity.sign_in_failures to hyponema_auth;
