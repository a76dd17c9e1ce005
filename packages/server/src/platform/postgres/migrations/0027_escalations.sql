-- Somebody is called. Names no words: what the user said stands in the turns, what rules said in the decisions.
create table tenant.escalations (
  workspace_id uuid not null,
  id uuid not null,
  session_id uuid not null,
  user_id uuid not null,
  agent_id uuid not null,
  -- The decision of the escalation stage; partitioned tables refer to nothing partitioned (see turns).
  decision_id uuid not null,
  -- Null where the agent itself asked, by its tool.
  rule_id text check (char_length(rule_id) between 1 and 200),
  queue text not null check (queue ~ '^[a-z][a-z0-9_-]{0,59}$'),
  priority integer not null check (priority between 0 and 9),
  reason text not null check (reason ~ '^[a-z_]{1,40}$'),
  state text not null default 'open' check (state in ('open', 'claimed', 'resolved')),
  -- Whether somebody should have been there, by the hours of the rule.
  is_within_hours boolean not null default true,
  -- What the rule asks for when nobody answers in time.
  on_unanswered text not null check (on_unanswered in ('callback', 'message', 'end')),
  created_at timestamptz not null default now(),
  due_at timestamptz not null,
  claimed_by text check (char_length(claimed_by) between 1 and 40),
  claimed_at timestamptz,
  resolved_by text check (char_length(resolved_by) between 1 and 40),
  resolved_at timestamptz,
  outcome text check (outcome in ('taken_over', 'handled', 'dismissed', 'unanswered')),
  fallback text check (fallback in ('callback', 'message', 'end')),
  primary key (workspace_id, id),
  foreign key (workspace_id, session_id) references tenant.sessions (workspace_id, id),
  check ((state = 'resolved') = (resolved_at is not null)),
  check ((state = 'resolved') = (outcome is not null)),
  check (state <> 'claimed' or claimed_by is not null),
  check ((claimed_by is null) = (claimed_at is null))
);
create index escalations_in_queue on tenant.escalations (workspace_id, state, priority desc, id);
create index escalations_by_session on tenant.escalations (workspace_id, session_id, id);
call app.protect_table('tenant.escalations');
grant select, insert on tenant.escalations to hyponema_app;
grant update (state, claimed_by, claimed_at, resolved_by, resolved_at, outcome, fallback) on tenant.escalations to hyponema_app;
grant select, delete on tenant.escalations to hyponema_worker;
grant update (state, claimed_by, claimed_at, resolved_by, resolved_at, outcome, fallback) on tenant.escalations to hyponema_worker;

-- What the operator writes to the user, until the session has said it. What the user answers stands in the turns.
create table tenant.escalation_messages (
  workspace_id uuid not null,
  id uuid not null,
  escalation_id uuid not null,
  author text not null check (char_length(author) between 1 and 40),
  -- 2,000 characters and what sealing adds to them.
  content bytea not null check (octet_length(content) <= 10000),
  created_at timestamptz not null default now(),
  -- The turn that said it.
  turn_id uuid,
  delivered_at timestamptz,
  primary key (workspace_id, id),
  foreign key (workspace_id, escalation_id) references tenant.escalations (workspace_id, id) on delete cascade,
  check ((turn_id is null) = (delivered_at is null))
);
create index escalation_messages_by_escalation on tenant.escalation_messages (workspace_id, escalation_id, id);
call app.protect_table('tenant.escalation_messages');
grant select, insert, update (turn_id, delivered_at) on tenant.escalation_messages to hyponema_app;
grant select, delete on tenant.escalation_messages to hyponema_worker;

insert into app.dispatch_kinds (kind, claimed_by, put_by_hand, done_by_hand) values
  -- Nobody has answered in time.
  ('escalation_due', 'hyponema_worker', true, true);
