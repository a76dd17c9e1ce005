-- What a claimer calls when it has handled many rows of one kind in one transaction: dispatch_settle() for each of them was
-- more than half of what the database did for a delivery.
create function app.dispatch_settle_many(kind text, refs uuid[], claimant uuid) returns setof uuid
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  if not exists (
    select 1 from app.dispatch_kinds k where k.kind = dispatch_settle_many.kind and k.claimed_by = session_user
  ) then
    raise exception 'dispatch kind % is not claimed by %', dispatch_settle_many.kind, session_user using errcode = '42501';
  end if;
  return query
    delete from app.dispatch d
    where d.workspace_id = app.required_workspace() and d.kind = dispatch_settle_many.kind
      and d.ref = any (dispatch_settle_many.refs) and d.holder = dispatch_settle_many.claimant
    returning d.ref;
end
$$;
revoke all on function app.dispatch_settle_many(text, uuid[], uuid) from public;
grant execute on function app.dispatch_settle_many(text, uuid[], uuid) to hyponema_worker;
