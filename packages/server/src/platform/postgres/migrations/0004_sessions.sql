create table tenant.sessions (
  workspace_id uuid not null references tenant.workspaces (workspace_id),
  id uuid not null,
  agent_id uuid not null,
  agent_version integer not null,
  user_id uuid not null,
  modality text not null check (modality in ('text', 'voice', 'voice+text')),
  client text not null check (client in ('browser', 'native')),
  status text not null default 'pending' check (status in ('pending', 'in_progress', 'completed', 'failed')),
  end_reason text check (char_length(end_reason) between 1 and 100),
  variables bytea not null,
  variables_sha256 bytea not null check (octet_length(variables_sha256) = 32),
  origins_sha256 bytea not null check (octet_length(origins_sha256) = 32),
  policy_sha256 bytea not null check (octet_length(policy_sha256) = 32),
  token_jti uuid not null,
  ttl_seconds integer not null check (ttl_seconds between 1 and 86400),
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  ended_at timestamptz,
  owner_process text check (char_length(owner_process) <= 200),
  owner_boot uuid,
  turn_count integer not null default 0 check (turn_count >= 0),
  guard_count integer not null default 0 check (guard_count >= 0),
  tool_call_count integer not null default 0 check (tool_call_count >= 0),
  input_tokens integer not null default 0 check (input_tokens >= 0),
  output_tokens integer not null default 0 check (output_tokens >= 0),
  content_opened integer not null default 0 check (content_opened >= 0),
  primary key (workspace_id, id),
  foreign key (workspace_id, agent_id, agent_version) references tenant.agent_versions (workspace_id, agent_id, version),
  foreign key (workspace_id, user_id) references tenant.users (workspace_id, id),
  check ((status in ('completed', 'failed')) = (ended_at is not null)),
  check (status <> 'in_progress' or started_at is not null)
);
create index sessions_by_agent on tenant.sessions (workspace_id, agent_id, id desc);
create index sessions_by_user on tenant.sessions (workspace_id, user_id, id desc);
create index sessions_live on tenant.sessions (workspace_id, id) where status in ('pending', 'in_progress');
call app.protect_table('tenant.sessions');
grant select, insert, update on tenant.sessions to hyponema_app;
grant select, update, delete on tenant.sessions to hyponema_worker;

create table tenant.session_tokens (
  workspace_id uuid not null,
  jti uuid not null,
  session_id uuid not null,
  kind text not null check (kind in ('connect', 'turn', 'resume')),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  spent_at timestamptz,
  primary key (workspace_id, jti),
  foreign key (workspace_id, session_id) references tenant.sessions (workspace_id, id) on delete cascade
);
create index session_tokens_by_session on tenant.session_tokens (workspace_id, session_id);
call app.protect_table('tenant.session_tokens');
grant select, insert on tenant.session_tokens to hyponema_app;
grant update (spent_at) on tenant.session_tokens to hyponema_app;
grant select, delete on tenant.session_tokens to hyponema_worker;

-- A partitioned table is never the target of a foreign key: a partition that holds a target row cannot be dropped.
-- So decisions carry the turn's id as a plain, indexed column.
create table tenant.turns (
  workspace_id uuid not null,
  id uuid not null,
  session_id uuid not null,
  sequence integer not null check (sequence >= 0),
  role text not null check (role in ('user', 'agent')),
  status text not null check (status in ('complete', 'cut', 'blocked')),
  content bytea,
  tool_payloads bytea,
  started_at timestamptz not null,
  ended_at timestamptz not null,
  input_tokens integer not null default 0 check (input_tokens >= 0),
  output_tokens integer not null default 0 check (output_tokens >= 0),
  tool_call_count integer not null default 0 check (tool_call_count >= 0),
  guard_count integer not null default 0 check (guard_count >= 0),
  first_text_ms integer check (first_text_ms >= 0),
  primary key (workspace_id, id),
  foreign key (workspace_id, session_id) references tenant.sessions (workspace_id, id)
) partition by range (id);
create index turns_by_session on tenant.turns (workspace_id, session_id, sequence);
call app.protect_table('tenant.turns');
grant select, insert on tenant.turns to hyponema_app;
grant select, insert, delete on tenant.turns to hyponema_worker;
create trigger clock before insert on tenant.turns for each row execute function app.refuse_foreign_clock();

create table tenant.decisions (
  workspace_id uuid not null,
  id uuid not null,
  session_id uuid not null,
  turn_id uuid,
  stage text not null check (char_length(stage) between 1 and 40),
  action text not null check (char_length(action) between 1 and 40),
  rule_ids text[] not null default '{}' check (cardinality(rule_ids) <= 200),
  mode text not null check (mode in ('enforce', 'shadow')),
  floor boolean not null default false,
  policy_sha256 bytea not null check (octet_length(policy_sha256) = 32),
  span jsonb,
  content bytea,
  engine_us integer not null check (engine_us >= 0),
  versions jsonb not null default '{}' check (jsonb_typeof(versions) = 'object'),
  created_at timestamptz not null default now(),
  primary key (workspace_id, id),
  foreign key (workspace_id, session_id) references tenant.sessions (workspace_id, id)
) partition by range (id);
create index decisions_by_session on tenant.decisions (workspace_id, session_id, id desc);
create index decisions_by_turn on tenant.decisions (workspace_id, turn_id);
call app.protect_table('tenant.decisions');
grant select, insert on tenant.decisions to hyponema_app;
grant select, insert, delete on tenant.decisions to hyponema_worker;
create trigger clock before insert on tenant.decisions for each row execute function app.refuse_foreign_clock();

create table tenant.idempotency_keys (
  workspace_id uuid not null references tenant.workspaces (workspace_id),
  principal text not null check (char_length(principal) between 1 and 200),
  route text not null check (char_length(route) between 1 and 200),
  key text not null check (char_length(key) between 1 and 255),
  request_sha256 bytea not null check (octet_length(request_sha256) = 32),
  status integer check (status between 100 and 599),
  made_id uuid,
  created_at timestamptz not null default now(),
  primary key (workspace_id, principal, route, key)
);
create index idempotency_keys_by_age on tenant.idempotency_keys (workspace_id, created_at);
call app.protect_table('tenant.idempotency_keys');
grant select, insert, update, delete on tenant.idempotency_keys to hyponema_app;
grant select, delete on tenant.idempotency_keys to hyponema_worker;

create table tenant.outbox (
  workspace_id uuid not null references tenant.workspaces (workspace_id),
  id uuid not null,
  type text not null check (char_length(type) between 1 and 100),
  user_id uuid,
  body bytea not null,
  state text not null default 'pending' check (state in ('pending', 'delivered', 'dropped')),
  created_at timestamptz not null default now(),
  primary key (workspace_id, id),
  foreign key (workspace_id, user_id) references tenant.users (workspace_id, id)
);
create index outbox_pending on tenant.outbox (workspace_id, id) where state = 'pending';
create index outbox_by_user on tenant.outbox (workspace_id, user_id);
call app.protect_table('tenant.outbox');
grant select, insert on tenant.outbox to hyponema_app;
grant select, insert, update, delete on tenant.outbox to hyponema_worker;

-- Written by app.signal() alone, so that the workspace of a signal is always the scope of its sender.
create table tenant.signals (
  workspace_id uuid not null,
  id uuid not null,
  kind text not null check (char_length(kind) between 1 and 60),
  ref uuid not null,
  created_at timestamptz not null default now(),
  primary key (workspace_id, id)
);
call app.protect_table('tenant.signals');
grant select on tenant.signals to hyponema_app;
grant select, delete on tenant.signals to hyponema_worker;
