-- Operators (data-boundary 4). Who a person is lies in a schema of its own that the login of sign-in alone can use;
-- what the person may do lies in each workspace, under the template policy.
create schema identity;
grant usage on schema identity to hyponema_auth, hyponema_backup;
alter default privileges in schema identity grant select on tables to hyponema_backup;

-- One row a person, by e-mail address in its normal form (lower case, NFC).
create table identity.identities (
  id uuid primary key,
  email text not null unique check (char_length(email) between 3 and 254 and email = lower(email)),
  created_at timestamptz not null default now()
);

-- One row for each link that was asked for, for unknown addresses too, so that both do the same work. Hashes only: what
-- is here opens nothing. The code is typed where the link was asked for; guesses are counted.
create table identity.sign_in_requests (
  id uuid primary key,
  email text not null check (char_length(email) between 3 and 254 and email = lower(email)),
  token_sha256 bytea not null unique check (octet_length(token_sha256) = 32),
  browser_sha256 bytea not null check (octet_length(browser_sha256) = 32),
  code_sha256 bytea check (octet_length(code_sha256) = 32),
  code_guesses integer not null default 0 check (code_guesses >= 0),
  -- Where the link belongs to an invitation: no foreign key, because workspaces lie behind another wall.
  invited_to uuid,
  invitation_id uuid,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz,
  check ((invited_to is null) = (invitation_id is null))
);
create index sign_in_requests_by_email on identity.sign_in_requests (email, created_at desc);
create index sign_in_requests_by_age on identity.sign_in_requests (expires_at);

-- The one question across workspaces: which ones has this identity? Kept by a trigger in the same transaction.
create table identity.membership_index (
  identity_id uuid not null,
  workspace_id uuid not null,
  primary key (identity_id, workspace_id)
);

do $$
declare
  name text;
begin
  foreach name in array array['identities', 'sign_in_requests', 'membership_index'] loop
    execute format('alter table identity.%I enable row level security', name);
    execute format('create policy auth_only on identity.%I for all to hyponema_auth using (true) with check (true)', name);
  end loop;
end
$$;
grant select, insert on identity.identities to hyponema_auth;
grant select, insert, delete on identity.sign_in_requests to hyponema_auth;
grant update (code_sha256, code_guesses, used_at) on identity.sign_in_requests to hyponema_auth;
grant select on identity.membership_index to hyponema_auth;

-- A membership is what the audit log and the API call an operator: `id` is `opr_...`. The version moves with every change
-- of what it allows; a token of another version is refused.
create table tenant.memberships (
  workspace_id uuid not null references tenant.workspaces (workspace_id),
  id uuid not null,
  identity_id uuid not null,
  email text not null check (char_length(email) between 3 and 254 and email = lower(email)),
  role text not null check (role in ('owner', 'admin', 'builder', 'reviewer', 'privacy', 'auditor')),
  version integer not null default 1 check (version >= 1),
  added_by text not null check (char_length(added_by) between 1 and 200),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, identity_id),
  unique (workspace_id, email)
);
call app.protect_table('tenant.memberships');
grant select, insert, delete on tenant.memberships to hyponema_app;
grant update (role, version, updated_at) on tenant.memberships to hyponema_app;

-- Under FORCE the owner of a definer function is bound by the policy like everybody; the index has a policy for the
-- login of sign-in only, so the owner passes because the index is not forced.
create function app.keep_membership_index() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'DELETE' then
    delete from identity.membership_index i
    where i.identity_id = old.identity_id and i.workspace_id = old.workspace_id;
  else
    insert into identity.membership_index (identity_id, workspace_id) values (new.identity_id, new.workspace_id);
  end if;
  return null;
end
$$;
create trigger keep_index after insert or delete on tenant.memberships
  for each row execute function app.keep_membership_index();

create table tenant.invitations (
  workspace_id uuid not null references tenant.workspaces (workspace_id),
  id uuid not null,
  email text not null check (char_length(email) between 3 and 254 and email = lower(email)),
  role text not null check (role in ('owner', 'admin', 'builder', 'reviewer', 'privacy', 'auditor')),
  secret_sha256 bytea not null check (octet_length(secret_sha256) = 32),
  invited_by text not null check (char_length(invited_by) between 1 and 200),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  accepted_at timestamptz,
  revoked_at timestamptz,
  primary key (workspace_id, id),
  check (accepted_at is null or revoked_at is null)
);
create unique index invitations_open on tenant.invitations (workspace_id, email)
  where accepted_at is null and revoked_at is null;
call app.protect_table('tenant.invitations');
grant select, insert on tenant.invitations to hyponema_app;
grant update (secret_sha256, expires_at, accepted_at, revoked_at) on tenant.invitations to hyponema_app;

-- A family begins with a sign-in and lives with its membership. Every refresh makes a child; see guards/refresh-family.ts.
create table tenant.refresh_families (
  workspace_id uuid not null,
  id uuid not null,
  membership_id uuid not null,
  secret_sha256 bytea not null check (octet_length(secret_sha256) = 32),
  user_agent text check (char_length(user_agent) <= 500),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  revoked_for text check (revoked_for in ('signed_out', 'signed_out_everywhere', 'reused', 'removed')),
  primary key (workspace_id, id),
  foreign key (workspace_id, membership_id) references tenant.memberships (workspace_id, id) on delete cascade,
  check ((revoked_at is null) = (revoked_for is null))
);
create index refresh_families_by_membership on tenant.refresh_families (workspace_id, membership_id);
call app.protect_table('tenant.refresh_families');
grant select, insert on tenant.refresh_families to hyponema_app;
grant update (revoked_at, revoked_for, expires_at) on tenant.refresh_families to hyponema_app;

create table tenant.refresh_tokens (
  workspace_id uuid not null,
  id uuid not null,
  family_id uuid not null,
  parent_id uuid,
  token_sha256 bytea not null check (octet_length(token_sha256) = 32),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz,
  -- Set where a sibling took this one's place within the grace of ten seconds.
  replaced_at timestamptz,
  primary key (workspace_id, id),
  unique (workspace_id, token_sha256),
  foreign key (workspace_id, family_id) references tenant.refresh_families (workspace_id, id) on delete cascade
);
create index refresh_tokens_by_family on tenant.refresh_tokens (workspace_id, family_id, created_at);
call app.protect_table('tenant.refresh_tokens');
grant select, insert, delete on tenant.refresh_tokens to hyponema_app;
grant update (used_at, replaced_at) on tenant.refresh_tokens to hyponema_app;
