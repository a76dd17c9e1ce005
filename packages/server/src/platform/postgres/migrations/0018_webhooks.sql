-- lifts-force: tenant.outbox
-- Where events go: endpoints, what each of them is owed, and every attempt (secrets-and-outbound 3).

-- An endpoint. Its signing secrets are credentials like all others, so that one mechanism seals, rotates and rewraps them.
create table tenant.webhooks (
  workspace_id uuid not null references tenant.workspaces (workspace_id),
  id uuid not null,
  url text not null check (char_length(url) between 1 and 2048),
  description text not null default '' check (char_length(description) <= 200),
  event_types text[] not null check (cardinality(event_types) between 1 and 50),
  ordered boolean not null default false,
  -- Until it has echoed a challenge it receives nothing else.
  state text not null default 'unverified' check (state in ('unverified', 'enabled', 'disabled')),
  disabled_reason text check (disabled_reason in ('by_operator', 'failing', 'gone')),
  hmac_credential_id uuid not null,
  ed25519_credential_id uuid,
  public_key text check (char_length(public_key) between 1 and 100),
  verified_at timestamptz,
  failing_since timestamptz,
  last_success_at timestamptz,
  last_attempt_at timestamptz,
  consecutive_failures integer not null default 0 check (consecutive_failures >= 0),
  created_by text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  foreign key (workspace_id, hmac_credential_id) references tenant.credentials (workspace_id, id),
  foreign key (workspace_id, ed25519_credential_id) references tenant.credentials (workspace_id, id),
  check ((state = 'disabled') = (disabled_reason is not null)),
  check (state <> 'enabled' or verified_at is not null),
  check ((ed25519_credential_id is null) = (public_key is null))
);
create index webhooks_by_hmac_credential on tenant.webhooks (workspace_id, hmac_credential_id);
create index webhooks_by_ed25519_credential on tenant.webhooks (workspace_id, ed25519_credential_id)
  where ed25519_credential_id is not null;
-- Whether an event has anywhere to go is asked whenever one is written.
create index webhooks_enabled on tenant.webhooks (workspace_id) where state = 'enabled';
call app.protect_table('tenant.webhooks');
grant select, insert, update, delete on tenant.webhooks to hyponema_app;
grant select on tenant.webhooks to hyponema_worker;
grant update (state, disabled_reason, failing_since, last_success_at, last_attempt_at, consecutive_failures, updated_at)
  on tenant.webhooks to hyponema_worker;

-- What was written before there was anywhere to send it is history: it is not sent by itself, and may be replayed.
alter table tenant.outbox drop constraint outbox_state_check;
update tenant.outbox set state = 'dispatched';
alter table tenant.outbox
  add constraint outbox_state_check check (state in ('pending', 'dispatched')),
  -- Of whose session it tells, for endpoints that want the events of one in their order. Outlives the session.
  add column session_id uuid,
  -- The endpoint that a test event is for: no replay takes it to another.
  add column test_of uuid;
create index outbox_by_age on tenant.outbox (workspace_id, created_at);

-- One event that one endpoint is owed. While it is being sent, next_attempt_at is the end of the lease.
create table tenant.webhook_deliveries (
  workspace_id uuid not null,
  id uuid not null,
  webhook_id uuid not null,
  event_id uuid not null,
  session_id uuid,
  event_created_at timestamptz not null,
  state text not null default 'pending' check (state in ('pending', 'delivered', 'failed')),
  attempt_count integer not null default 0 check (attempt_count >= 0),
  first_attempt_at timestamptz,
  next_attempt_at timestamptz,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  primary key (workspace_id, id),
  unique (workspace_id, webhook_id, event_id),
  foreign key (workspace_id, webhook_id) references tenant.webhooks (workspace_id, id) on delete cascade,
  foreign key (workspace_id, event_id) references tenant.outbox (workspace_id, id) on delete cascade,
  check ((state = 'pending') = (next_attempt_at is not null)),
  check ((state = 'pending') = (finished_at is null))
);
create index webhook_deliveries_due on tenant.webhook_deliveries (workspace_id, webhook_id, next_attempt_at)
  where state = 'pending';
create index webhook_deliveries_in_order on tenant.webhook_deliveries (workspace_id, webhook_id, session_id, event_id)
  where state = 'pending';
create index webhook_deliveries_by_webhook on tenant.webhook_deliveries (workspace_id, webhook_id, id desc);
create index webhook_deliveries_by_event on tenant.webhook_deliveries (workspace_id, event_id);
call app.protect_table('tenant.webhook_deliveries');
grant select, insert on tenant.webhook_deliveries to hyponema_app;
-- A replay makes it due again.
grant update (state, attempt_count, first_attempt_at, next_attempt_at, finished_at)
  on tenant.webhook_deliveries to hyponema_app;
grant select, insert, update, delete on tenant.webhook_deliveries to hyponema_worker;

-- What came of each request. The answer is content: an endpoint may put anything about anybody into it.
create table tenant.webhook_attempts (
  workspace_id uuid not null,
  id uuid not null,
  delivery_id uuid not null,
  webhook_id uuid not null,
  event_id uuid not null,
  attempt integer not null check (attempt >= 1),
  outcome text not null
    check (outcome in ('succeeded', 'status', 'timeout', 'refused', 'unreachable', 'too_large')),
  status_code integer check (status_code between 100 and 999),
  error_code text check (char_length(error_code) between 1 and 100),
  duration_ms integer not null check (duration_ms >= 0),
  -- 1 KiB and what sealing adds to it.
  answer bytea check (octet_length(answer) <= 2048),
  attempted_at timestamptz not null default now(),
  primary key (workspace_id, id),
  foreign key (workspace_id, delivery_id) references tenant.webhook_deliveries (workspace_id, id) on delete cascade
);
create index webhook_attempts_by_webhook on tenant.webhook_attempts (workspace_id, webhook_id, id desc);
create index webhook_attempts_by_delivery on tenant.webhook_attempts (workspace_id, delivery_id);
call app.protect_table('tenant.webhook_attempts');
grant select on tenant.webhook_attempts to hyponema_app;
grant select, insert, update, delete on tenant.webhook_attempts to hyponema_worker;

insert into app.dispatch_kinds (kind, claimed_by, put_by_hand, done_by_hand) values
  -- Something is due at this endpoint.
  ('webhook', 'hyponema_worker', true, true),
  -- Once a day: what is old goes, and an endpoint that only fails is disabled.
  ('webhook_care', 'hyponema_worker', true, true);
