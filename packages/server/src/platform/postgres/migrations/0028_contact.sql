-- Contact (runtime-safety 5): who was to be contacted, whether that was allowed, what became of it, and what people agreed to.

create table tenant.contact_attempts (
  workspace_id uuid not null references tenant.workspaces (workspace_id),
  id uuid not null,
  user_id uuid not null,
  -- Whose policy was asked.
  agent_id uuid not null,
  channel text not null check (channel in ('voice', 'text')),
  class text not null check (class in ('ordinary', 'transactional', 'emergency')),
  -- Keyed hashes: what caps count by. The words themselves are in `content`.
  subject_index bytea check (octet_length(subject_index) = 32),
  number_index bytea check (octet_length(number_index) = 32),
  state text not null
    check (state in ('reserved', 'placed', 'reached', 'no_answer', 'refused', 'failed', 'cancelled', 'deferred', 'denied')),
  rule_ids text[] not null default '{}' check (cardinality(rule_ids) <= 200),
  policy_sha256 bytea not null check (octet_length(policy_sha256) = 32),
  -- Number, subject, the decision and its facts, sealed under the user's key.
  content bytea not null check (octet_length(content) <= 1048576),
  allowed_at timestamptz,
  expires_at timestamptz,
  created_at timestamptz not null default now(),
  reported_at timestamptz,
  primary key (workspace_id, id),
  foreign key (workspace_id, user_id) references tenant.users (workspace_id, id),
  foreign key (workspace_id, agent_id) references tenant.agents (workspace_id, id),
  check ((state in ('deferred', 'denied')) = (expires_at is null))
);
create index contact_attempts_by_user on tenant.contact_attempts (workspace_id, user_id, created_at desc);
create index contact_attempts_by_number on tenant.contact_attempts (workspace_id, number_index, created_at desc)
  where number_index is not null;
create index contact_attempts_by_agent on tenant.contact_attempts (workspace_id, agent_id, id desc);
call app.protect_table('tenant.contact_attempts');
grant select, insert on tenant.contact_attempts to hyponema_app;
grant update (state, reported_at) on tenant.contact_attempts to hyponema_app;
grant select, delete on tenant.contact_attempts to hyponema_worker;

-- What was given and what was taken back, one row each. Nothing is changed: the latest that covers a contact holds.
create table tenant.consents (
  workspace_id uuid not null references tenant.workspaces (workspace_id),
  id uuid not null,
  user_id uuid not null,
  -- Null: every channel, every class.
  channel text check (channel in ('voice', 'text')),
  class text check (class in ('ordinary', 'transactional', 'emergency')),
  state text not null check (state in ('given', 'withdrawn')),
  source text not null check (source in ('api', 'opt_out')),
  -- Proof and version of the text, sealed under the user's key.
  content bytea not null check (octet_length(content) <= 65536),
  occurred_at timestamptz not null,
  created_at timestamptz not null default now(),
  primary key (workspace_id, id),
  foreign key (workspace_id, user_id) references tenant.users (workspace_id, id)
);
create index consents_by_user on tenant.consents (workspace_id, user_id, id desc);
call app.protect_table('tenant.consents');
grant select, insert on tenant.consents to hyponema_app;
grant select, delete on tenant.consents to hyponema_worker;
