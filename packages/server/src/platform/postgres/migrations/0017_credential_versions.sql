-- lifts-force: tenant.credentials, tenant.credential_versions
-- A credential lives in versions: one is current, older ones end with their grace or by revocation, and a revoked one keeps
-- its row and loses its bytes. Whoever opened which is counted.
alter table tenant.credentials
  -- Since when its provider refuses it, and when that was last told; null after a success.
  add column failing_since timestamptz,
  add column failing_told_at timestamptz,
  add check (failing_since is not null or failing_told_at is null);

alter table tenant.credential_versions
  add column hint text not null default '' check (char_length(hint) <= 40),
  add column created_by text not null default '',
  -- The end of the grace of a version that is not current any more.
  add column revoke_after timestamptz,
  -- Who revoked it. Null where its grace ended: then a session that had loaded it keeps it to its end.
  add column revoked_by text,
  alter column sealed drop not null,
  alter column wrapped_key drop not null,
  alter column kek_id drop not null;
update tenant.credential_versions v set hint = c.hint, created_by = c.created_by
  from tenant.credentials c where c.workspace_id = v.workspace_id and c.id = v.credential_id;
update tenant.credential_versions set sealed = null, wrapped_key = null, kek_id = null where revoked_at is not null;
alter table tenant.credential_versions
  alter column hint drop default,
  alter column created_by drop default,
  add check (num_nonnulls(sealed, wrapped_key, kek_id) = case when revoked_at is null then 3 else 0 end),
  add check (revoked_by is null or revoked_at is not null);
grant update (sealed, revoked_at) on tenant.credential_versions to hyponema_worker;

create table tenant.credential_openings (
  workspace_id uuid not null,
  id uuid not null,
  credential_id uuid not null,
  version integer not null check (version >= 1),
  -- Null where no session was it: a test.
  session_id uuid,
  purpose text not null check (purpose in ('model', 'speech', 'voice', 'test')),
  openings integer not null check (openings >= 1),
  first_opened_at timestamptz not null,
  last_opened_at timestamptz not null check (last_opened_at >= first_opened_at),
  primary key (workspace_id, id),
  unique (workspace_id, session_id, credential_id, version, purpose),
  foreign key (workspace_id, credential_id) references tenant.credentials (workspace_id, id) on delete cascade,
  foreign key (workspace_id, session_id) references tenant.sessions (workspace_id, id) on delete cascade
);
create index credential_openings_by_credential on tenant.credential_openings (workspace_id, credential_id, id);
call app.protect_table('tenant.credential_openings');
grant select, insert, update (openings, last_opened_at) on tenant.credential_openings to hyponema_app;
grant select on tenant.credential_openings to hyponema_worker;

insert into app.dispatch_kinds (kind, claimed_by, put_by_hand, done_by_hand) values
  ('credential_version', 'hyponema_worker', true, true);
