-- Runs after every migrate and every restore, in this database, as the administrator: these revokes are per database.
-- set_config would let an injected SELECT leave its workspace; the others reach other sessions, the disk or the clock.
revoke execute on function pg_catalog.set_config(text, text, boolean) from public;
grant execute on function pg_catalog.set_config(text, text, boolean) to hyponema_backup;
grant execute on function pg_catalog.pg_export_snapshot() to hyponema_backup;
grant execute on function pg_catalog.pg_notify(text, text) to hyponema_owner;

do $$
declare
  target record;
begin
  -- Every volatile function of the catalogue that is not known to be harmless; what a later version adds is refused too.
  for target in
    select p.oid::regprocedure as name from pg_proc p
    where p.pronamespace = 'pg_catalog'::regnamespace
      and (p.provolatile = 'v' or p.proname ~ '^(lo_|loread$|lowrite$|pg_advisory_|pg_try_advisory_)')
      and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
      and p.proname not in (
        'array_sample', 'array_shuffle', 'clock_timestamp', 'gen_random_uuid', 'pg_is_in_recovery', 'pg_jit_available',
        'plpgsql_call_handler', 'plpgsql_inline_handler', 'plpgsql_validator', 'random', 'random_normal', 'setseed',
        'timeofday', 'uuidv4', 'uuidv7')
      and exists (select 1 from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
                  where a.grantee = 0 and a.privilege_type = 'EXECUTE')
  loop
    execute format('revoke execute on function %s from public', target.name);
  end loop;
end
$$;

-- None of our logins runs a DO block.
revoke usage on language plpgsql from public;
grant usage on language plpgsql to hyponema_owner;

-- Nobody acts as a role of ours but the migrator as the owner, and none of ours acts as another.
do $$
declare
  target record;
begin
  for target in
    select g.rolname as granted, m.rolname as member
    from pg_auth_members am join pg_roles g on g.oid = am.roleid join pg_roles m on m.oid = am.member
    where (g.rolname ~ '^hyponema_(owner|search|app|worker|auth|sealer|migrator|backup)$' and not m.rolsuper
        or m.rolname ~ '^hyponema_(search|app|worker|auth|sealer|migrator|backup)$')
      and not (g.rolname = 'hyponema_owner' and m.rolname = 'hyponema_migrator')
  loop
    execute format('revoke %I from %I cascade', target.granted, target.member);
  end loop;
end
$$;

-- The fact lies in the database, so that a copy without the revokes is told from a managed server that never had them.
update app.installation set revokes_applied_at = now();
