import { harmlessVolatileFunctions, reviewedDefiners, searchDefiners, searchSettings } from './reviewed-functions.ts'
import { adminRoles, ownerRole, searchRole, servingRoles } from './roles.ts'

/** A question to the catalogue whose every row is a finding: one column `finding`, in an operator's words. */
export type BoundaryRule = {
  readonly name: string
  readonly sql: string
  readonly parameters: readonly unknown[]
  /** Rests on revokes that only a superuser can make; on a managed server it is a notice and no refusal. */
  readonly needsSuperuser?: true
}

const logins = Object.values(servingRoles)
const allRoles = [...logins, ...Object.values(adminRoles), ownerRole, searchRole]
const definers = Object.entries(reviewedDefiners).map(([name, callers]) => ({
  name,
  callers: [...callers].sort().join(','),
}))

/** The conditions of the data boundary as one database shows them. They read pg_catalog only, so any login may ask. */
export const boundaryRules: readonly BoundaryRule[] = [
  {
    name: 'role_attributes',
    sql: `select format('role %s has %s', r.rolname, a.name) as finding
      from pg_roles r cross join lateral (values
        ('SUPERUSER', r.rolsuper), ('CREATEROLE', r.rolcreaterole), ('CREATEDB', r.rolcreatedb),
        ('REPLICATION', r.rolreplication), ('BYPASSRLS', r.rolbypassrls and r.rolname <> $2),
        ('LOGIN', r.rolcanlogin and r.rolname = any ($3::text[]))) a (name, has)
      where r.rolname = any ($1::text[]) and a.has`,
    parameters: [allRoles, adminRoles.backup, [ownerRole, searchRole]],
  },
  {
    name: 'roles_exist',
    sql: `select format('role %s does not exist', wanted) as finding from unnest($1::text[]) wanted
      where not exists (select 1 from pg_roles r where r.rolname = wanted)`,
    parameters: [allRoles],
  },
  {
    name: 'memberships',
    // Since 16 a creator that is not superuser holds ADMIN on what it made; that alone lets nobody act as the role.
    sql: `select format('role %s is a member of %s', m.rolname, g.rolname) as finding
      from pg_auth_members am join pg_roles m on m.oid = am.member join pg_roles g on g.oid = am.roleid
      where not m.rolsuper
        and (m.rolname = any ($1::text[]) or (g.rolname = any ($2::text[]) and
          coalesce((to_jsonb(am) ->> 'inherit_option')::boolean, true) or (to_jsonb(am) ->> 'set_option')::boolean
            and g.rolname = any ($2::text[])))
        and not (m.rolname = $3 and g.rolname = $4)`,
    parameters: [[...logins, ...Object.values(adminRoles), searchRole], allRoles, adminRoles.migrator, ownerRole],
  },
  {
    name: 'role_settings',
    sql: `select format('a setting is attached to %s: %s', coalesce(r.rolname, 'this database'), s.setconfig::text) as finding
      from pg_db_role_setting s left join pg_roles r on r.oid = s.setrole
      where (r.rolname = any ($1::text[]) or s.setrole = 0)
        and s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
        and (r.rolname is not null or s.setconfig::text ~* '(app\\.|row_security|search_path|session_replication_role|^.?role)')`,
    parameters: [allRoles],
  },
  {
    name: 'database_rights',
    sql: `select format('role %s has %s on this database', l, p) as finding
      from unnest($1::text[]) l cross join unnest(array['CREATE', 'TEMPORARY']) p
      where has_database_privilege(l, current_database(), p)`,
    parameters: [[...logins, searchRole]],
  },
  {
    name: 'schema_rights',
    sql: `select format('role %s may create in schema %s', l, n.nspname) as finding
      from unnest($1::text[]) l cross join pg_namespace n
      where n.nspname !~ '^pg_(temp|toast_temp)_' and has_schema_privilege(l, n.oid, 'CREATE')`,
    parameters: [[...logins, searchRole]],
  },
  {
    name: 'ownership',
    sql: `select format('role %s owns %s', r.rolname, pg_describe_object(d.classid, d.objid, d.objsubid)) as finding
      from pg_shdepend d join pg_roles r on r.oid = d.refobjid
      where d.refclassid = 'pg_authid'::regclass and d.deptype = 'o' and r.rolname = any ($1::text[])
        and d.dbid in (0, (select oid from pg_database where datname = current_database()))`,
    parameters: [[...logins, ...Object.values(adminRoles)]],
  },
  {
    name: 'dangerous_functions',
    needsSuperuser: true,
    // Volatile, or of a kind that reaches other sessions and the disk, or given to nobody by the server itself.
    sql: `select format('role %s may execute %s', l, p.oid::regprocedure) as finding
      from unnest($1::text[]) l cross join pg_proc p join pg_namespace n on n.oid = p.pronamespace
      where (p.provolatile = 'v' or p.proname ~ '^(set_config|lo_|loread$|lowrite$|pg_notify$|pg_terminate_backend|pg_cancel_backend|pg_advisory_|pg_try_advisory_)'
          or exists (select 1 from pg_init_privs i where i.classoid = 'pg_proc'::regclass and i.objoid = p.oid
            and not exists (select 1 from aclexplode(i.initprivs) a where a.grantee = 0)))
        and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
        and not (n.nspname = 'pg_catalog' and p.proname = any ($2::text[]))
        and not exists (select 1 from unnest($3::text[]) reviewed where to_regprocedure(reviewed) = p.oid)
        and has_schema_privilege(l, n.oid, 'USAGE') and has_function_privilege(l, p.oid, 'EXECUTE')`,
    parameters: [logins, harmlessVolatileFunctions, definers.map(({ name }) => name)],
  },
  {
    name: 'languages',
    needsSuperuser: true,
    sql: `select format('role %s may write code in %s', l, lang.lanname) as finding
      from unnest($1::text[]) l cross join pg_language lang
      where lang.lanname not in ('internal', 'c', 'sql') and has_language_privilege(l, lang.oid, 'USAGE')`,
    parameters: [logins],
  },
  {
    name: 'definers',
    sql: `select format('%s is a definer function that %s', f.signature, f.problem) as finding from (
        select p.oid::regprocedure::text as signature, case
          when r.name is null then 'nobody reviewed'
          when p.proconfig is null or p.proconfig[1] <> 'search_path=pg_catalog, pg_temp' then 'has no pinned search_path'
          when p.proconfig[2:] <> case when r.name = any ($4::text[]) then $6::text[] else '{}' end
            then 'has settings that nobody reviewed'
          when p.proowner <> (select oid from pg_roles where rolname = case when r.name = any ($4::text[]) then $5 else $3 end)
            then 'does not belong to its owner'
          when coalesce((select string_agg(distinct g.rolname, ',' order by g.rolname)
              from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a left join pg_roles g on g.oid = a.grantee
              where a.grantee <> p.proowner), '') <> r.callers
            or exists (select 1 from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where a.grantee = 0)
            then 'others may execute than were reviewed'
          end as problem
        from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        left join (select * from unnest($1::text[], $2::text[]) as listed (name, callers)) r on to_regprocedure(r.name) = p.oid
        where p.prosecdef and n.nspname !~ '^pg_temp'
      ) f where f.problem is not null
      union all
      select format('%s is reviewed and does not exist', listed) from unnest($1::text[]) listed where to_regprocedure(listed) is null`,
    parameters: [
      definers.map(({ name }) => name),
      definers.map(({ callers }) => callers),
      ownerRole,
      searchDefiners,
      searchRole,
      searchSettings,
    ],
  },
]
