-- Runs after every migrate, as the owner: graphile-worker's own migrations may have added tables or functions.
-- Its tables refuse everybody under row security; hyponema_worker gets one policy each (without it the worker finds no
-- job and says nothing).
do $$
declare
  target record;
begin
  execute 'grant usage on schema graphile_worker to hyponema_worker, hyponema_backup';
  for target in
    select c.oid::regclass as name, c.oid from pg_class c
    where c.relnamespace = 'graphile_worker'::regnamespace and c.relkind in ('r', 'p')
  loop
    execute format('alter table %s enable row level security', target.name);
    if not exists (select 1 from pg_policy p where p.polrelid = target.oid and p.polname = 'worker_only') then
      execute format('create policy worker_only on %s for all to hyponema_worker using (true) with check (true)', target.name);
    end if;
    execute format('grant select, insert, update, delete on %s to hyponema_worker', target.name);
    execute format('grant select on %s to hyponema_backup', target.name);
  end loop;
  -- The worker never migrates; it only reads which revision is there.
  execute 'revoke insert, update, delete on graphile_worker.migrations from hyponema_worker';
  for target in
    select s.oid::regclass as name, s.oid from pg_class s
    where s.relnamespace = 'graphile_worker'::regnamespace and s.relkind = 'S'
  loop
    execute format('grant usage on sequence %s to hyponema_worker', target.name);
  end loop;
  for target in
    select p.oid::regprocedure as name, p.oid from pg_proc p where p.pronamespace = 'graphile_worker'::regnamespace
  loop
    execute format('revoke execute on function %s from public', target.name);
  end loop;
end
$$;
