-- Topics that rest for one person: which rule of a policy, why, and until when. No words of the person; the rule's name is the
-- workspace's own. One row a person and topic: what begins again goes on in the same row.
create table tenant.topic_cooldowns (
  workspace_id uuid not null,
  id uuid not null,
  user_id uuid not null,
  topic text not null check (char_length(topic) between 1 and 200),
  reason text not null check (reason in ('negative_wording', 'user_asked', 'rule', 'operator')),
  started_at timestamptz not null,
  ends_at timestamptz not null,
  -- Every cause with its time, the oldest first: what decays is counted from each of them.
  causes jsonb not null check (jsonb_typeof(causes) = 'array'),
  -- An operator or an API key; null: it began in a conversation.
  created_by text check (char_length(created_by) between 1 and 100),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, user_id, topic),
  foreign key (workspace_id, user_id) references tenant.users (workspace_id, id),
  check (ends_at > started_at)
);
create index topic_cooldowns_by_user on tenant.topic_cooldowns (workspace_id, user_id, id desc);
call app.protect_table('tenant.topic_cooldowns');
grant select, insert, update, delete on tenant.topic_cooldowns to hyponema_app;
grant select, delete on tenant.topic_cooldowns to hyponema_worker;
