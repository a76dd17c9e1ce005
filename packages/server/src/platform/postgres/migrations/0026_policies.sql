-- Policies of a workspace (runtime-safety 6), and the floors of the installation. All layers hold at once.

-- A policy with its draft. One that was taken away keeps its row: its versions are evidence.
create table tenant.policies (
  workspace_id uuid not null references tenant.workspaces (workspace_id),
  id uuid not null,
  -- What the ids of its rules are made of, as in workspace/clinic/dosage.
  name text not null check (name ~ '^[a-z][a-z0-9]*([_-][a-z0-9]+)*$' and char_length(name) <= 60),
  draft jsonb not null check (jsonb_typeof(draft) = 'object'),
  draft_revision integer not null default 1 check (draft_revision >= 1),
  -- Null: not in force.
  published_version integer check (published_version >= 1),
  shadow_version integer check (shadow_version >= 1),
  -- Of a hundred sessions, how many have the version decide in the shadow.
  shadow_share integer not null default 0 check (shadow_share between 0 and 100),
  -- Whom it holds; nobody named is everybody.
  agents uuid[] not null default '{}' check (cardinality(agents) <= 200),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  removed_at timestamptz,
  primary key (workspace_id, id),
  check (shadow_share = 0 or shadow_version is not null),
  check (removed_at is null or num_nonnulls(published_version, shadow_version) = 0)
);
create unique index policies_by_name on tenant.policies (workspace_id, name) where removed_at is null;
call app.protect_table('tenant.policies');
grant select, insert, update on tenant.policies to hyponema_app;
grant select on tenant.policies to hyponema_worker;

create table tenant.policy_versions (
  workspace_id uuid not null,
  policy_id uuid not null,
  version integer not null check (version >= 1),
  document jsonb not null check (jsonb_typeof(document) = 'object'),
  sha256 bytea not null check (octet_length(sha256) = 32),
  note text check (char_length(note) <= 2000),
  published_at timestamptz not null default now(),
  published_by text not null,
  primary key (workspace_id, policy_id, version),
  foreign key (workspace_id, policy_id) references tenant.policies (workspace_id, id)
);
call app.protect_table('tenant.policy_versions');
grant select, insert on tenant.policy_versions to hyponema_app;
grant select on tenant.policy_versions to hyponema_worker;
create trigger append_only before update or delete on tenant.policy_versions for each row execute function app.refuse_change();
create trigger no_truncate before truncate on tenant.policy_versions for each statement execute function app.refuse_change();

alter table tenant.policies
  add foreign key (workspace_id, id, published_version) references tenant.policy_versions (workspace_id, policy_id, version),
  add foreign key (workspace_id, id, shadow_version) references tenant.policy_versions (workspace_id, policy_id, version);

-- The whole set of layers that a session or a decision was held to, by its digest: without it no decision could be taken
-- again. A set is written once, however many sessions have it.
create table tenant.policy_texts (
  workspace_id uuid not null references tenant.workspaces (workspace_id),
  sha256 bytea not null check (octet_length(sha256) = 32),
  layers jsonb not null check (jsonb_typeof(layers) = 'array'),
  created_at timestamptz not null default now(),
  primary key (workspace_id, sha256)
);
call app.protect_table('tenant.policy_texts');
grant select, insert on tenant.policy_texts to hyponema_app;
grant select on tenant.policy_texts to hyponema_worker;
create trigger append_only before update or delete on tenant.policy_texts for each row execute function app.refuse_change();
create trigger no_truncate before truncate on tenant.policy_texts for each statement execute function app.refuse_change();

-- The layer above all workspaces. Everybody reads it, as a fact about the installation; the newest row is in force, and one
-- without a document is none.
create table app.floors (
  version integer primary key check (version >= 1),
  document jsonb check (jsonb_typeof(document) = 'object'),
  set_at timestamptz not null default now()
);
grant select on app.floors to hyponema_app, hyponema_worker, hyponema_auth, hyponema_sealer;

-- Written in the scope of the installation alone, which no key, token or membership can name: anywhere else it does nothing
-- and says null.
create function app.set_floors(document jsonb) returns integer
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  made integer;
begin
  if app.required_workspace() <> app.installation_workspace() then
    return null;
  end if;
  lock table app.floors in share row exclusive mode;
  insert into app.floors (version, document)
    select coalesce(max(version), 0) + 1, set_floors.document from app.floors
    returning version into made;
  perform app.signal('policy_floor', app.required_workspace());
  return made;
end
$$;
grant execute on function app.set_floors(jsonb) to hyponema_app;
