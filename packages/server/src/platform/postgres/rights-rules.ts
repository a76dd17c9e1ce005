/**
 * Threat: a login was given more than it needs, by hand, by a restore or by a migration: rows of others outside the
 * schema of tenants, evidence that can be changed, a table or a schema that nobody reviewed.
 * Rule: every right in every schema stands in declared-rights.ts, and the lists are compared with the catalogue both
 * ways; what nobody is granted also keeps its second lock, row security.
 * On failure: each difference is a finding, and a finding refuses the start.
 */
import type { BoundaryRule } from './boundary-rules.ts'
import { declaredRights, declaredTables, tablesOfFacts } from './declared-rights.ts'
import { adminRoles, ownerRole, searchRole, servingRoles } from './roles.ts'

const logins = Object.values(servingRoles)
const ourSchemas = ['tenant', 'app', 'jobs', 'graphile_worker', 'identity']

/** What each login may do, compared with what was declared for it. */
export const rightsRules: readonly BoundaryRule[] = [
  {
    name: 'grants',
    // In our schemas the right of anybody is looked at; elsewhere those of our logins, and of PUBLIC where neither the
    // server nor an extension came with it. A function that has no list of its own is everybody's.
    sql: `with objects as (
        select format('%s.%s', n.nspname, c.relname) as object, null::text as of_column, c.relacl as acl, c.relowner as owner,
          n.nspname as schema, c.relkind in ('r', 'p', 'v', 'm', 'f') as is_table, 'pg_class'::regclass as class, c.oid, 0 as sub
        from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relacl is not null
        union all
        select format('%s.%s', n.nspname, c.relname), a.attname::text, a.attacl, c.relowner,
          n.nspname, true, 'pg_class'::regclass, c.oid, a.attnum
        from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
        where a.attacl is not null
        union all
        select p.oid::regprocedure::text, null, coalesce(p.proacl, acldefault('f', p.proowner)), p.proowner,
          n.nspname, false, 'pg_proc'::regclass, p.oid, 0
        from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where p.proacl is not null or n.nspname = any ($2::text[])
        union all
        select 'schema ' || n.nspname, null, n.nspacl, n.nspowner, n.nspname, false, 'pg_namespace'::regclass, n.oid, 0
        from pg_namespace n where n.nspacl is not null
      ), granted as (
        select distinct o.schema, o.is_table, coalesce(r.rolname, case a.grantee when 0 then 'PUBLIC' else a.grantee::text end) as role,
          a.privilege_type || coalesce(' ' || o.of_column, '') as privilege, a.is_grantable,
          o.object, o.class, o.oid, o.sub
        from objects o cross join lateral aclexplode(o.acl) a left join pg_roles r on r.oid = a.grantee
        where a.grantee <> o.owner
          and (a.grantee = 0 or r.rolname = any ($1::text[]) or o.schema = any ($2::text[]))
      ), found as (
        select format('%s has %s on %s%s', g.role, g.privilege, g.object, case when g.is_grantable then ' and may pass it on' end) as line
        from granted g
        where not (g.role = $4 and not g.is_grantable and (
            g.privilege = 'SELECT' and g.is_table or g.privilege = 'USAGE' and g.class = 'pg_namespace'::regclass
            or g.object = 'app.current_workspace()'))
          and not (g.role = 'PUBLIC' and g.schema <> all ($2::text[]) and (
            g.class = 'pg_proc'::regclass or g.schema = 'information_schema' and g.privilege in ('SELECT', 'USAGE')
            or exists (select 1 from pg_init_privs i cross join lateral aclexplode(i.initprivs) b
              where i.classoid = g.class and i.objoid = g.oid and i.objsubid = g.sub and b.grantee = 0
                and g.privilege like b.privilege_type || '%')))
      )
      select line as finding from found where line <> all ($3::text[])
      union all
      select replace(wanted, ' has ', ' lacks ') from unnest($3::text[]) wanted
      where wanted not in (select line from found)`,
    parameters: [[...logins, searchRole], ourSchemas, declaredRights, adminRoles.backup],
  },
  {
    name: 'unknown_tables',
    sql: `select format('%s is a table that this build does not know', c.oid::regclass) as finding from pg_class c
      where c.relnamespace = 'tenant'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
        and c.relname <> all ($1::text[])`,
    parameters: [declaredTables],
  },
  {
    name: 'schema_usage',
    // Whatever way it came, through PUBLIC too: a schema that is closed closes everything in it.
    sql: `select format('role %s may use schema %s', l, n.nspname) as finding
      from unnest($1::text[]) l cross join pg_namespace n
      where n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'
        and has_schema_privilege(l, n.oid, 'USAGE')
        and format('%s has USAGE on schema %s', l, n.nspname) <> all ($2::text[])`,
    parameters: [logins, declaredRights],
  },
  {
    name: 'second_lock',
    sql: `select format('%s does not enable row level security', c.oid::regclass) as finding
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = any ($1::text[]) and n.nspname <> 'tenant' and c.relkind in ('r', 'p') and not c.relrowsecurity
        and format('%s.%s', n.nspname, c.relname) <> all ($2::text[])
      union all
      select format('%s has a policy that nobody reviewed: %s', p.polrelid::regclass, p.polname)
      from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
      where n.nspname <> 'tenant' and p.polpermissive
        and not (n.nspname = 'graphile_worker' and p.polname = 'worker_only'
          and p.polroles = array[(select oid from pg_roles where rolname = $3)])
        and not (n.nspname = 'identity' and p.polname = 'auth_only'
          and p.polroles = array[(select oid from pg_roles where rolname = $4)])
      union all
      select format('%s has no policy for the worker', c.oid::regclass) from pg_class c
      where c.relnamespace = to_regnamespace('graphile_worker') and c.relkind in ('r', 'p')
        and not exists (select 1 from pg_policy p where p.polrelid = c.oid and p.polname = 'worker_only')`,
    parameters: [ourSchemas, tablesOfFacts, servingRoles.worker, servingRoles.auth],
  },
  {
    name: 'default_privileges',
    sql: `select format('what %s makes%s is given to %s: %s', d.defaclrole::regrole,
          coalesce(' in schema ' || n.nspname, ''), coalesce(r.rolname, 'PUBLIC'), a.privilege_type) as finding
      from pg_default_acl d left join pg_namespace n on n.oid = d.defaclnamespace
      cross join lateral aclexplode(d.defaclacl) a left join pg_roles r on r.oid = a.grantee
      where a.grantee <> d.defaclrole and (a.grantee = 0 or r.rolname = any ($1::text[]) or d.defaclrole::regrole::text = $2)
        and not (d.defaclrole::regrole::text = $2 and r.rolname = $3 and d.defaclobjtype = 'r'
          and n.nspname in ('tenant', 'app', 'identity') and a.privilege_type = 'SELECT' and not a.is_grantable)
      union all
      select format('every function that %s makes is given to PUBLIC', $2::text)
      where not exists (select 1 from pg_default_acl d where d.defaclrole::regrole::text = $2 and d.defaclobjtype = 'f'
        and d.defaclnamespace = 0)`,
    parameters: [logins, ownerRole, adminRoles.backup],
  },
  {
    name: 'other_objects',
    // Languages, types, foreign servers, large objects, server parameters: none of ours is given anything on them.
    sql: `select format('role %s has rights on %s', r.rolname, pg_describe_object(d.classid, d.objid, d.objsubid)) as finding
      from pg_shdepend d join pg_roles r on r.oid = d.refobjid
      where d.refclassid = 'pg_authid'::regclass and d.deptype = 'a' and r.rolname = any ($1::text[])
        and d.dbid in (0, (select oid from pg_database where datname = current_database()))
        and d.classid not in ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_namespace'::regclass,
          'pg_database'::regclass, 'pg_default_acl'::regclass)
      union all
      select format('PUBLIC has %s on parameter %s', a.privilege_type, p.parname)
      from pg_parameter_acl p cross join lateral aclexplode(p.paracl) a where a.grantee = 0`,
    parameters: [logins],
  },
]
