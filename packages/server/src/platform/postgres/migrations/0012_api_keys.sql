-- lifts-force: tenant.api_keys
-- The key that a key takes over from, and how often a key was tried with a wrong secret.
alter table tenant.api_keys
  add column rotated_from uuid,
  add column failed_count integer not null default 0 check (failed_count >= 0),
  add column last_failed_at timestamptz,
  add foreign key (workspace_id, rotated_from) references tenant.api_keys (workspace_id, id);
create index api_keys_by_predecessor on tenant.api_keys (workspace_id, rotated_from) where rotated_from is not null;
grant update (failed_count, last_failed_at) on tenant.api_keys to hyponema_app;
