import { adminRoles, servingRoles } from '../roles.ts'
import type { Asker } from './asker.ts'
import type { Mutation } from './mutation.ts'

const logins = Object.values(servingRoles)

/** Rights on tables, columns, schemas and the database: each that a login lacks, given; each that it has, taken. */
export async function rightMutations(ask: Asker): Promise<readonly Mutation[]> {
  const rows = await ask<{ rule: string; statement: string }>(rightsSql, [logins, adminRoles.backup])
  return rows.map(({ rule, statement }) => {
    const isOneLine = rule === 'grants' && statement.startsWith('grant') && !statement.endsWith('grant option')
    return { rule, statements: [statement], ...(isOneLine ? { lines: 1 } : {}) }
  })
}

/** Written by the server, so that every name is quoted by it. */
const rightsSql = `with ours as (
    select c.oid, c.oid::regclass as name, c.relkind from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname not in ('pg_catalog', 'information_schema', 'public') and n.nspname !~ '^pg_(toast|temp)' and c.relkind in ('r', 'p', 'v')
  ), verbs as (select unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) as verb)
  select 'grants' as rule, format('grant %s on %s to %I', lower(v.verb), o.name, l) as statement
  from ours o cross join verbs v cross join unnest($1::text[]) l where not has_table_privilege(l, o.oid, v.verb)
  union all
  select 'grants', format('grant %s on %s to public', lower(v.verb), o.name) from ours o cross join verbs v where v.verb in ('SELECT', 'INSERT')
  union all
  select 'grants', format('grant %s on %s to %I', lower(v.verb), o.name, $2::text) from ours o cross join verbs v
  where not has_table_privilege($2, o.oid, v.verb) and v.verb <> 'SELECT'
  union all
  select 'grants', format('revoke %s on %s from %I', lower(v.verb), o.name, l)
  from ours o cross join verbs v cross join unnest($1::text[]) l
  where has_table_privilege(l, o.oid, v.verb)
  union all
  select 'grants', format('grant %s on %s to %I with grant option', lower(v.verb), o.name, l)
  from ours o cross join verbs v cross join unnest($1::text[]) l
  where has_table_privilege(l, o.oid, v.verb) and v.verb = 'SELECT'
  union all
  select 'grants', format('grant %s (%I) on %s to %I', lower(v.verb), a.attname, o.name, l)
  from ours o cross join verbs v cross join unnest($1::text[]) l join pg_attribute a on a.attrelid = o.oid and a.attnum > 0 and not a.attisdropped
  where o.relkind <> 'v' and not (select relispartition from pg_class where oid = o.oid) and v.verb in ('SELECT', 'UPDATE')
    and not has_column_privilege(l, o.oid, a.attnum, v.verb)
  union all
  select 'schema_usage', format('grant usage on schema %I to %I', n.nspname, l) from pg_namespace n cross join unnest($1::text[]) l
  where n.nspname !~ '^pg_|^information_schema$' and not has_schema_privilege(l, n.oid, 'USAGE')
  union all
  select 'schema_rights', format('grant create on schema %I to %s', n.nspname, l) from pg_namespace n cross join unnest($1::text[] || 'public'::text) l
  where n.nspname !~ '^pg_|^information_schema$'
  union all
  select 'database_rights', format('grant %s on database %I to %s', p, current_database(), l)
  from unnest(array['create', 'temporary']) p cross join unnest($1::text[] || 'public'::text) l
  union all
  select 'second_lock', format('alter table %s disable row level security', o.name) from ours o join pg_class c on c.oid = o.oid
  where c.relrowsecurity and c.relnamespace <> 'tenant'::regnamespace
  union all
  select 'second_lock', format('create policy loose on %s using (true)', o.name) from ours o join pg_class c on c.oid = o.oid
  where c.relrowsecurity and c.relnamespace <> 'tenant'::regnamespace
  order by 1, 2`
