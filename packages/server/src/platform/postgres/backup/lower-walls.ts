import type { ClientBase } from 'pg'
import { StartupRefusal } from '../../../kernel/startup-refusal.ts'
import { extendedQuery } from '../extended-query.ts'

type ForeignKey = {
  readonly name: string
  readonly table: string
  readonly definition: string
  /** Counts the rows that point nowhere; null is no pointer. */
  readonly question: string
}

/**
 * Takes FORCE, our triggers and the foreign keys away from these tables and their partitions, inside the caller's transaction
 * and under ACCESS EXCLUSIVE. Returns what puts them back, after every foreign key was asked for rows that point nowhere.
 */
export async function lowerWalls(client: ClientBase, tables: readonly string[]): Promise<() => Promise<void>> {
  await extendedQuery(client, `LOCK TABLE ${tables.join(', ')} IN ACCESS EXCLUSIVE MODE`)
  const relations = await readRelations(client, tables)
  const foreignKeys = await readForeignKeys(client, tables)
  for (const { table, name } of foreignKeys) await extendedQuery(client, `alter table ${table} drop constraint ${name}`)
  for (const { name, forced } of relations) {
    if (forced) await extendedQuery(client, `alter table ${name} no force row level security`)
    await extendedQuery(client, `alter table only ${name} disable trigger user`)
  }
  return async () => {
    for (const foreignKey of foreignKeys) await refuseDangling(client, foreignKey)
    for (const { table, name, definition } of foreignKeys)
      await extendedQuery(client, `alter table ${table} add constraint ${name} ${definition}`)
    for (const { name, forced } of relations) {
      await extendedQuery(client, `alter table only ${name} enable trigger user`)
      if (forced) await extendedQuery(client, `alter table ${name} force row level security`)
    }
  }
}

async function readRelations(client: ClientBase, tables: readonly string[]) {
  const { rows } = await extendedQuery<{ name: string; forced: boolean }>(
    client,
    `with recursive tree (relid) as (
       select named.name::regclass::oid from unnest($1::text[]) as named (name)
       union
       select i.inhrelid from tree join pg_inherits i on i.inhparent = tree.relid
     ) select format('%I.%I', n.nspname, c.relname) as name, c.relforcerowsecurity as forced
       from tree join pg_class c on c.oid = tree.relid join pg_namespace n on n.oid = c.relnamespace order by 1`,
    [tables],
  )
  return rows
}

async function readForeignKeys(client: ClientBase, tables: readonly string[]): Promise<readonly ForeignKey[]> {
  const { rows } = await extendedQuery<ForeignKey>(
    client,
    `select quote_ident(k.conname) as name, format('%I.%I', n.nspname, c.relname) as table,
       pg_get_constraintdef(k.oid) as definition,
       (select format('select count(*)::int as dangling from %I.%I child where %s and not exists (select 1 from %I.%I parent where %s)',
          n.nspname, c.relname, string_agg(format('child.%I is not null', a.attname), ' and '),
          pn.nspname, pc.relname, string_agg(format('parent.%I = child.%I', pa.attname, a.attname), ' and '))
        from unnest(k.conkey, k.confkey) as pair (child, parent)
        join pg_attribute a on a.attrelid = k.conrelid and a.attnum = pair.child
        join pg_attribute pa on pa.attrelid = k.confrelid and pa.attnum = pair.parent) as question
     from pg_constraint k
     join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
     join pg_class pc on pc.oid = k.confrelid join pg_namespace pn on pn.oid = pc.relnamespace
     where k.contype = 'f' and k.conparentid = 0 and k.conrelid = any ($1::text[]::regclass[])
     order by 2, 1`,
    [tables],
  )
  return rows
}

async function refuseDangling(client: ClientBase, { table, name, question }: ForeignKey): Promise<void> {
  const { rows } = await extendedQuery<{ dangling: number }>(client, question)
  const dangling = rows[0]?.dangling
  if (dangling === 0) return
  throw new StartupRefusal(
    `${dangling ?? 'An unknown number of'} rows of ${table} point nowhere (${name}); the backup was not written by a build of ours, and nothing was kept.`,
  )
}
