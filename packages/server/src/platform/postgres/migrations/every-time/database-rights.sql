-- Runs after the roles, as the administrator: what belongs to the owner of this database and needs no superuser.
-- The rights are per database, so a copy or a restore has to be given them again.
do $$
begin
  execute format('revoke all on database %I from public', current_database());
  execute format('grant connect on database %I to hyponema_app, hyponema_worker, hyponema_auth, hyponema_sealer, '
    'hyponema_migrator, hyponema_backup', current_database());
  execute format('grant create on database %I to hyponema_owner', current_database());
end
$$;
-- No role of ours makes objects in public.
revoke all on schema public from public;
