-- Runs after every migrate, as the administrator: what the steps have made for hyponema_search becomes its own. Nobody is
-- a member of that role, so only an administrator can; the owner, who could before, cannot take anything back after it.
do $$
declare
  joins boolean := not (select r.rolsuper from pg_roles r where r.rolname = current_user);
begin
  -- Asked of the catalogue: one that is not superuser may not even name what is in a schema of ours.
  if not exists (
    select 1 from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'tenant' and c.relname in ('knowledge_index', 'knowledge_words')
      and (c.relowner <> 'hyponema_search'::regrole or not has_table_privilege('hyponema_owner', c.oid, 'select'))
    union all
    select 1 from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname = 'app' and p.proname = 'search_knowledge' and p.proowner <> 'hyponema_search'::regrole
  ) then
    return;
  end if;
  if joins then
    -- Two that join and leave at once would fail with "tuple concurrently updated".
    perform pg_advisory_xact_lock(hashtext('hyponema search owner'));
    execute format('grant hyponema_owner, hyponema_search to %I', current_user);
  end if;
  lock table app.schema_migrations in access exclusive mode;
  -- A new owner must be able to create where the object is.
  grant create on schema tenant, app to hyponema_search;
  alter table tenant.knowledge_index owner to hyponema_search;
  alter table tenant.knowledge_words owner to hyponema_search;
  alter function app.search_knowledge(text, uuid[], integer[], regconfig[], integer) owner to hyponema_search;
  revoke create on schema tenant, app from hyponema_search;
  -- As everywhere the owner of the rest sees and writes the rows of a scope and no others: it plants the canaries.
  grant select, insert, delete on tenant.knowledge_index, tenant.knowledge_words to hyponema_owner;
  if joins then
    execute format('revoke hyponema_owner, hyponema_search from %I', current_user);
  end if;
end
$$;
