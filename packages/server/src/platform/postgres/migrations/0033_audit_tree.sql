-- The tree over the audit log: one of each workspace, and one of the installation under its reserved id. Seals are leaves in the
-- order of their numbers (RFC 6962); an event that commits late gets a later number, and none is skipped.
create table tenant.audit_heads (
  workspace_id uuid not null primary key,
  size bigint not null default 0 check (size >= 0),
  -- The hashes of the tiles above the leaves that are not full (C2SP tlog-tiles); what is below them are the last seals.
  edge bytea not null default ''::bytea,
  root bytea not null check (octet_length(root) = 32),
  -- The newest signed checkpoint whose tiles lie in the object store, and the tree that it is of.
  note text check (char_length(note) <= 2000),
  note_size bigint not null default 0 check (note_size >= 0),
  noted_at timestamptz,
  -- When a checkpoint last left the house.
  published_size bigint not null default 0 check (published_size >= 0),
  published_at timestamptz,
  sealed_at timestamptz not null default now(),
  check (note_size <= size and published_size <= note_size)
);
call app.protect_table('tenant.audit_heads');
grant select, insert on tenant.audit_heads to hyponema_sealer;
grant update (size, edge, root, note, note_size, noted_at, sealed_at) on tenant.audit_heads to hyponema_sealer;
grant select on tenant.audit_heads to hyponema_app, hyponema_worker;
grant update (published_size, published_at) on tenant.audit_heads to hyponema_worker;

-- A tree only grows.
create function app.refuse_shrinking() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  if new.size < old.size or new.note_size < old.note_size or new.published_size < old.published_size then
    raise exception 'the tree of the audit log cannot shrink' using errcode = '42501';
  end if;
  return new;
end
$$;
create trigger only_grows before update on tenant.audit_heads for each row execute function app.refuse_shrinking();
create trigger stays before delete on tenant.audit_heads for each row execute function app.refuse_change();
create trigger no_truncate before truncate on tenant.audit_heads for each statement execute function app.refuse_change();

create table tenant.audit_seals (
  workspace_id uuid not null,
  seq bigint not null check (seq >= 0),
  event_id uuid not null,
  leaf_hash bytea not null check (octet_length(leaf_hash) = 32),
  sealed_at timestamptz not null default now(),
  primary key (workspace_id, seq),
  unique (workspace_id, event_id)
);
call app.protect_table('tenant.audit_seals');
grant select, insert on tenant.audit_seals to hyponema_sealer;
grant select on tenant.audit_seals to hyponema_app, hyponema_worker;
create trigger append_only before update or delete on tenant.audit_seals for each row execute function app.refuse_change();
create trigger no_truncate before truncate on tenant.audit_seals for each statement execute function app.refuse_change();

insert into app.dispatch_kinds (kind, claimed_by, put_by_hand, done_by_hand) values
  -- Tiles and a checkpoint are owed for what was sealed.
  ('audit_checkpoint', 'hyponema_sealer', true, true),
  -- A checkpoint is due to leave the house.
  ('audit_publish', 'hyponema_worker', true, true);
grant execute on function app.dispatch_put(text, uuid, timestamptz), app.dispatch_done(text, uuid) to hyponema_sealer;
grant execute on function app.dispatch_settle_many(text, uuid[], uuid) to hyponema_sealer;

-- Takes what is owed to the log of the current workspace, whoever claimed it: the lock on the head decides who seals, and a
-- transaction that fails owes it again. Oldest first.
create function app.take_seals(most integer) returns setof uuid
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  if session_user <> 'hyponema_sealer' then
    raise exception 'only the sealer takes seals' using errcode = '42501';
  end if;
  if most not between 1 and 10000 then
    raise exception 'take_seals: arguments out of range' using errcode = '22023';
  end if;
  return query
    with owed as (
      select d.ctid from app.dispatch d
      where d.workspace_id = app.required_workspace() and d.kind = 'seal'
      order by d.due_at limit most for update skip locked
    )
    delete from app.dispatch d using owed where d.ctid = owed.ctid returning d.ref;
end
$$;
grant execute on function app.take_seals(integer) to hyponema_sealer;
