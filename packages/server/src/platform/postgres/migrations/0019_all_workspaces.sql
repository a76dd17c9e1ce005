-- lifts-force: tenant.workspaces
-- What is done for all workspaces alike, such as moving data keys under a new key-encryption key, has to know which there
-- are. Ids only; readable by no login, kept by a trigger. Canaries are left out: nothing of theirs can be opened.
create table app.workspace_ids (workspace_id uuid primary key);
alter table app.workspace_ids enable row level security;
insert into app.workspace_ids (workspace_id) select workspace_id from tenant.workspaces where not is_canary;

create function app.remember_workspace() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if not new.is_canary then
    insert into app.workspace_ids (workspace_id) values (new.workspace_id) on conflict do nothing;
  end if;
  return null;
end
$$;
create trigger remember_workspace after insert on tenant.workspaces
  for each row execute function app.remember_workspace();

-- The worker's alone, page by page. It crosses workspaces as claims do: by ids and nothing else.
create function app.workspaces_after(last uuid, most integer) returns table (workspace_id uuid)
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  if most not between 1 and 1000 then
    raise exception 'workspaces_after: arguments out of range' using errcode = '22023';
  end if;
  return query
    select w.workspace_id from app.workspace_ids w where last is null or w.workspace_id > last
    order by w.workspace_id limit most;
end
$$;
grant execute on function app.workspaces_after(uuid, integer) to hyponema_worker;
