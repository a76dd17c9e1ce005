-- A debt is an hour at most. Keys are hashes of ids that are no secrets, so one injected SELECT could have another workspace
-- refused for thirty years, or let a time grow until it fits no column, and with it every merge that has this key. The
-- slowest budget of ours flows back in ten minutes.
create or replace function app.limits_merge(keys bytea[], taken double precision[], per_second double precision[])
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
      select t.k, moment + make_interval(secs => least(t.n / t.r, 3600))
      from unnest(keys, taken, per_second) as t (k, n, r) order by t.k
      on conflict (key) do update
        set drained_at = least(
          greatest(d.drained_at, moment) + (excluded.drained_at - moment), moment + interval '1 hour')
      returning d.key, d.drained_at
    )
    select m.key, greatest(extract(epoch from m.drained_at - moment) * t.r, 0)::double precision
    from merged m join unnest(keys, per_second) as t (k, r) on t.k = m.key;
end
$$;
