-- lifts-force: tenant.webhooks
-- An endpoint that is deleted is owed up to some hundred thousand deliveries, more than one statement may remove. The request
-- marks it, takes its secrets and ends; the worker removes what is left, a batch at a time, and the row last.
alter table tenant.webhooks
  add column removed_at timestamptz,
  alter column hmac_credential_id drop not null,
  -- Removed is without secrets and off, and nothing else is without secrets.
  add constraint webhooks_removed_check check (
    (removed_at is null and hmac_credential_id is not null)
    or (removed_at is not null and hmac_credential_id is null and ed25519_credential_id is null and state = 'disabled')
  );
-- The last step is the worker's alone.
revoke delete on tenant.webhooks from hyponema_app;
grant delete on tenant.webhooks to hyponema_worker;

insert into app.dispatch_kinds (kind, claimed_by, put_by_hand, done_by_hand) values
  -- What is left of an endpoint that was deleted.
  ('webhook_removal', 'hyponema_worker', true, true);
