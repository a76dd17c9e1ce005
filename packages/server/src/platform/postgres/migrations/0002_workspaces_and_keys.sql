create table tenant.workspaces (
  workspace_id uuid primary key,
  name text not null check (char_length(name) between 1 and 200),
  is_canary boolean not null default false,
  settings jsonb not null default '{}' check (jsonb_typeof(settings) = 'object'),
  created_at timestamptz not null default now()
);
call app.protect_table('tenant.workspaces');
grant select, insert on tenant.workspaces to hyponema_app;
grant update (name, settings) on tenant.workspaces to hyponema_app;
grant select on tenant.workspaces to hyponema_worker;

-- Which workspaces claims and counts leave out. Ids only; readable by no login, kept by a trigger.
create table app.canaries (workspace_id uuid primary key);

create function app.remember_canary() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if new.is_canary then
    insert into app.canaries (workspace_id) values (new.workspace_id) on conflict do nothing;
  end if;
  return null;
end
$$;
create trigger remember_canary after insert on tenant.workspaces for each row execute function app.remember_canary();

create table tenant.api_keys (
  workspace_id uuid not null references tenant.workspaces (workspace_id),
  id uuid not null,
  label text not null check (char_length(label) between 1 and 200),
  mode text not null check (mode in ('live', 'test')),
  secret_mac bytea not null check (octet_length(secret_mac) = 32),
  pepper_version text not null check (char_length(pepper_version) between 1 and 100),
  scopes text[] not null check (cardinality(scopes) between 1 and 100),
  allowed_addresses text[] check (cardinality(allowed_addresses) between 1 and 100),
  allowed_agents uuid[] check (cardinality(allowed_agents) between 1 and 1000),
  hint text not null check (char_length(hint) between 1 and 40),
  created_by text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz,
  primary key (workspace_id, id)
);
call app.protect_table('tenant.api_keys');
grant select, insert on tenant.api_keys to hyponema_app;
grant update (label, secret_mac, pepper_version, expires_at, last_used_at, revoked_at) on tenant.api_keys to hyponema_app;

create table tenant.workspace_keys (
  workspace_id uuid not null references tenant.workspaces (workspace_id),
  id uuid not null,
  purpose text not null check (purpose in ('content', 'blind_index')),
  version integer not null default 1 check (version >= 1),
  wrapped_key bytea not null,
  key_id text not null check (char_length(key_id) between 1 and 100),
  created_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, purpose, version)
);
call app.protect_table('tenant.workspace_keys');
grant select, insert on tenant.workspace_keys to hyponema_app, hyponema_worker;
grant update (wrapped_key, key_id) on tenant.workspace_keys to hyponema_worker;

create table tenant.users (
  workspace_id uuid not null references tenant.workspaces (workspace_id),
  id uuid not null,
  external_id_index bytea not null check (octet_length(external_id_index) = 32),
  external_id bytea not null,
  profile bytea,
  time_zone text check (char_length(time_zone) between 1 and 64),
  language text check (char_length(language) between 2 and 35),
  do_not_contact boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, external_id_index)
);
call app.protect_table('tenant.users');
grant select, insert, update, delete on tenant.users to hyponema_app;
grant select, delete on tenant.users to hyponema_worker;

create table tenant.user_keys (
  workspace_id uuid not null,
  user_id uuid not null,
  wrapped_key bytea not null,
  epoch_key_id text not null check (char_length(epoch_key_id) between 1 and 100),
  created_at timestamptz not null default now(),
  primary key (workspace_id, user_id),
  foreign key (workspace_id, user_id) references tenant.users (workspace_id, id) on delete cascade
);
create index user_keys_by_epoch on tenant.user_keys (workspace_id, epoch_key_id);
call app.protect_table('tenant.user_keys');
grant select, insert, delete on tenant.user_keys to hyponema_app;
grant select, insert, update, delete on tenant.user_keys to hyponema_worker;

create table tenant.credentials (
  workspace_id uuid not null references tenant.workspaces (workspace_id),
  id uuid not null,
  kind text not null check (char_length(kind) between 1 and 60),
  provider text not null check (char_length(provider) between 1 and 100),
  label text not null check (char_length(label) between 1 and 200),
  hint text not null check (char_length(hint) <= 40),
  base_url text check (char_length(base_url) <= 2000),
  created_by text not null,
  created_at timestamptz not null default now(),
  revoked_at timestamptz,
  current_version integer not null default 1 check (current_version >= 1),
  primary key (workspace_id, id)
);
call app.protect_table('tenant.credentials');
grant select, insert, update, delete on tenant.credentials to hyponema_app;
grant select on tenant.credentials to hyponema_worker;

create table tenant.credential_versions (
  workspace_id uuid not null,
  credential_id uuid not null,
  version integer not null check (version >= 1),
  sealed bytea not null,
  wrapped_key bytea not null,
  kek_id text not null check (char_length(kek_id) between 1 and 100),
  created_at timestamptz not null default now(),
  revoked_at timestamptz,
  primary key (workspace_id, credential_id, version),
  foreign key (workspace_id, credential_id) references tenant.credentials (workspace_id, id) on delete cascade
);
call app.protect_table('tenant.credential_versions');
grant select, insert, update, delete on tenant.credential_versions to hyponema_app;
grant select on tenant.credential_versions to hyponema_worker;
grant update (wrapped_key, kek_id) on tenant.credential_versions to hyponema_worker;
