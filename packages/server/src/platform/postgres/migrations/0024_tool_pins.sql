-- What an MCP server said of its tools when a version was published: a session offers and calls nothing else, whatever the
-- server says by then. A version that names no server has no row; like the version itself, a pin never changes.
create table tenant.tool_pins (
  workspace_id uuid not null,
  agent_id uuid not null,
  version integer not null,
  server text not null check (server ~ '^[a-z][a-z0-9]{0,19}$'),
  tools jsonb not null check (jsonb_typeof(tools) = 'array'),
  sha256 bytea not null check (octet_length(sha256) = 32),
  pinned_at timestamptz not null default now(),
  primary key (workspace_id, agent_id, version, server),
  foreign key (workspace_id, agent_id, version) references tenant.agent_versions (workspace_id, agent_id, version)
);
call app.protect_table('tenant.tool_pins');
grant select, insert on tenant.tool_pins to hyponema_app;
grant select on tenant.tool_pins to hyponema_worker;
create trigger append_only before update or delete on tenant.tool_pins for each row execute function app.refuse_change();
create trigger no_truncate before truncate on tenant.tool_pins for each statement execute function app.refuse_change();
