create schema jobs;
grant usage on schema jobs to hyponema_app, hyponema_worker;

-- The closed list of tasks stands here. The workspace is taken from the scope, never from an argument; a task gets two
-- ids and nothing else, and its handler reads the row again.
create function jobs.enqueue(task text, entity_id uuid) returns void
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  workspace uuid := app.required_workspace();
begin
  if task is null or task not in ('worker_check', 'session_finish') then
    raise exception 'unknown task %', task using errcode = '22023';
  end if;
  if entity_id is null then
    raise exception 'a job needs an entity' using errcode = '22023';
  end if;
  perform graphile_worker.add_job(
    identifier => task,
    payload => json_build_object('workspace_id', workspace, 'entity_id', entity_id),
    job_key => concat_ws(':', task, workspace, entity_id));
end
$$;
grant execute on function jobs.enqueue(text, uuid) to hyponema_app, hyponema_worker;
