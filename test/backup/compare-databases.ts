import type { LoginPool } from '../../packages/server/src/platform/postgres/login-pool.ts'
import { ask } from '../isolation/scratch-database.ts'

/** Every table that holds rows of an installation, asked of the catalogue and of no list of ours. */
export async function tablesWithRows(admin: LoginPool): Promise<readonly string[]> {
  const rows = await ask<{ name: string }>(
    admin,
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence = 'p' and n.nspname !~ '^(pg_|information_schema$|graphile_worker$)' order by 1`,
  )
  return rows.map(({ name }) => name)
}

/** All rows of a table as JSON, sorted by it. */
export async function rowsOf(
  admin: LoginPool,
  table: string,
  columns: readonly string[] = ['*'],
): Promise<readonly string[]> {
  const rows = await ask<{ row: string }>(
    admin,
    `select to_jsonb(t)::text as row from (select ${columns.join(', ')} from ${table}) t order by 1`,
  )
  return rows.map(({ row }) => row)
}

export async function columnsOf(admin: LoginPool, table: string): Promise<readonly string[]> {
  const rows = await ask<{ name: string }>(
    admin,
    `select quote_ident(a.attname) as name from pg_attribute a
     where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum`,
    [table],
  )
  return rows.map(({ name }) => name)
}

/** What waits in the queue, without the numbers that the library gives. */
export async function queuedJobs(admin: LoginPool): Promise<readonly unknown[]> {
  return ask(
    admin,
    `select t.identifier, j.payload::jsonb as payload, j.key from graphile_worker._private_jobs j
     join graphile_worker._private_tasks t on t.id = j.task_id order by 1, j.key`,
  )
}

/** The shape of everything that is ours: one line for each column, constraint, index, trigger, policy, flag, right and function. */
export async function shapeOf(admin: LoginPool): Promise<readonly string[]> {
  const rows = await ask<{ line: string }>(
    admin,
    `with ours as (select oid, nspname from pg_namespace where nspname in ('app', 'tenant', 'identity', 'jobs', 'graphile_worker')),
     relations as (select c.*, format('%I.%I', n.nspname, c.relname) as full_name from pg_class c join ours n on n.oid = c.relnamespace
       where c.relkind in ('r', 'p'))
     select format('relation %s kind %s security %s force %s bound %s acl %s owner %s', full_name, relkind, relrowsecurity,
       relforcerowsecurity, pg_get_expr(relpartbound, oid), (select string_agg(a::text, ' ' order by a::text) from unnest(relacl) a),
       relowner::regrole) as line from relations
     union all
     select format('column %s %s %s not null %s default %s acl %s', r.full_name, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
       pg_get_expr(d.adbin, d.adrelid), (select string_agg(x::text, ' ' order by x::text) from unnest(a.attacl) x))
     from relations r join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
     left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
     union all
     select format('constraint %s %s %s validated %s', r.full_name, case when k.conparentid = 0 then k.conname else '(of its parent)' end,
       pg_get_constraintdef(k.oid), k.convalidated) from relations r join pg_constraint k on k.conrelid = r.oid where k.contype <> 'n'
     union all
     select format('index %s', regexp_replace(pg_get_indexdef(i.indexrelid), '^(CREATE (UNIQUE )?INDEX) \\S+', '\\1'))
     from relations r join pg_index i on i.indrelid = r.oid
     union all
     select format('trigger %s %s enabled %s', r.full_name, pg_get_triggerdef(t.oid), t.tgenabled)
     from relations r join pg_trigger t on t.tgrelid = r.oid where not t.tgisinternal
     union all
     select format('policy %s %s %s %s %s', r.full_name, p.polname, p.polcmd, pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
     from relations r join pg_policy p on p.polrelid = r.oid
     union all
     select format('function %s %s', md5(pg_get_functiondef(p.oid)), p.oid::regprocedure) from pg_proc p join ours n on n.oid = p.pronamespace
     union all
     select format('right on function %s %s', p.oid::regprocedure, (select string_agg(a::text, ' ' order by a::text) from unnest(p.proacl) a))
     from pg_proc p join ours n on n.oid = p.pronamespace
     union all
     select format('schema %s %s', n.nspname, (select string_agg(a::text, ' ' order by a::text) from unnest(n.nspacl) a)) from pg_namespace n
     where n.nspname !~ '^pg_(toast|temp)'
     union all
     select format('catalogue function %s %s', p.oid::regprocedure, p.proacl) from pg_proc p
     where p.pronamespace = 'pg_catalog'::regnamespace and p.proacl is not null
     union all
     select format('database %s', (select string_agg(a::text, ' ' order by a::text) from unnest(datacl) a)) from pg_database where datname = current_database()
     order by 1`,
  )
  return rows.map(({ line }) => line)
}
