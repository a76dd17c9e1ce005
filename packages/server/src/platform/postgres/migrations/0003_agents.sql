create table tenant.agents (
  workspace_id uuid not null references tenant.workspaces (workspace_id),
  id uuid not null,
  name text not null check (char_length(name) between 1 and 200),
  sensitivity text not null check (sensitivity in ('ordinary', 'sensitive')),
  draft jsonb not null check (jsonb_typeof(draft) = 'object'),
  draft_revision integer not null default 1 check (draft_revision >= 1),
  published_version integer,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id)
);
call app.protect_table('tenant.agents');
grant select, insert, update, delete on tenant.agents to hyponema_app;
grant select on tenant.agents to hyponema_worker;

create table tenant.agent_versions (
  workspace_id uuid not null,
  agent_id uuid not null,
  version integer not null check (version >= 1),
  document jsonb not null check (jsonb_typeof(document) = 'object'),
  sha256 bytea not null check (octet_length(sha256) = 32),
  note text check (char_length(note) <= 2000),
  published_at timestamptz not null default now(),
  published_by text not null,
  primary key (workspace_id, agent_id, version),
  foreign key (workspace_id, agent_id) references tenant.agents (workspace_id, id)
);
call app.protect_table('tenant.agent_versions');
grant select, insert on tenant.agent_versions to hyponema_app;
grant select on tenant.agent_versions to hyponema_worker;
create trigger append_only before update or delete on tenant.agent_versions for each row execute function app.refuse_change();
create trigger no_truncate before truncate on tenant.agent_versions for each statement execute function app.refuse_change();

alter table tenant.agents
  add foreign key (workspace_id, id, published_version) references tenant.agent_versions (workspace_id, agent_id, version);
