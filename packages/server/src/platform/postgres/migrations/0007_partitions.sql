create table app.partitioned_tables (
  name text primary key,
  append_only boolean not null
);
alter table app.partitioned_tables enable row level security;
insert into app.partitioned_tables (name, append_only) values ('turns', false), ('decisions', false), ('audit_events', true);

-- Makes the partitions of this month and the three that follow, and returns how many were missing. A partition is
-- protected before it is attached, so that there is no moment in which rows could lie in an unprotected table.
-- It gets no grants: rows are reached through the parent only. Months are months in UTC.
create function app.ensure_partitions() returns integer
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  parent app.partitioned_tables;
  first_month timestamp := date_trunc('month', (now() - interval '5 minutes') at time zone 'UTC');
  month_start timestamp;
  partition_name text;
  made integer := 0;
begin
  for parent in select * from app.partitioned_tables order by name for update loop
    for step in 0..3 loop
      month_start := first_month + make_interval(months => step);
      partition_name := parent.name || to_char(month_start, '_YYYY_MM');
      continue when to_regclass('tenant.' || partition_name) is not null;
      execute format('create table tenant.%I (like tenant.%I including defaults including constraints including storage)',
        partition_name, parent.name);
      execute format('revoke all on tenant.%I from public, hyponema_app, hyponema_worker, hyponema_auth, hyponema_sealer',
        partition_name);
      call app.protect_table(('tenant.' || quote_ident(partition_name))::regclass);
      if parent.append_only then
        execute format('create trigger no_truncate before truncate on tenant.%I for each statement '
          'execute function app.refuse_change()', partition_name);
      end if;
      execute format('alter table tenant.%I attach partition tenant.%I for values from (%L) to (%L)',
        parent.name, partition_name,
        app.uuid_floor(month_start at time zone 'UTC'),
        app.uuid_floor((month_start + interval '1 month') at time zone 'UTC'));
      made := made + 1;
    end loop;
  end loop;
  return made;
end
$$;
grant execute on function app.ensure_partitions() to hyponema_worker;
select app.ensure_partitions();
