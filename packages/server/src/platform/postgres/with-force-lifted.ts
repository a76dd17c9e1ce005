/**
 * Threat: under FORCE a data migration updates nothing and a new foreign key is validated against nothing, silently.
 * Rule: for the tables that a step names, FORCE is lifted inside its own transaction under ACCESS EXCLUSIVE and put back;
 * their rows are counted before and after.
 * On failure: a count that differs without being announced rolls the whole step back.
 */
import type { ClientBase } from 'pg'
import { StartupRefusal } from '../../kernel/startup-refusal.ts'
import { extendedQuery } from './extended-query.ts'
import type { Migration } from './read-migrations.ts'

export async function withForceLifted(
  client: ClientBase,
  migration: Migration,
  work: () => Promise<void>,
): Promise<void> {
  for (const table of migration.liftsForce) await extendedQuery(client, `LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`)
  const relations = await relationsOf(client, migration.liftsForce)
  for (const relation of relations) await extendedQuery(client, `ALTER TABLE ${relation} NO FORCE ROW LEVEL SECURITY`)
  const before = await countRows(client, migration.liftsForce)
  await work()
  const after = await countRows(client, migration.liftsForce)
  // Partitions that the step itself attached are protected when they are made; those it dropped are gone.
  for (const relation of await relationsOf(client, migration.liftsForce)) {
    await extendedQuery(client, `ALTER TABLE ${relation} FORCE ROW LEVEL SECURITY`)
  }
  for (const [table, rows] of before) {
    if (after.get(table) !== rows && !migration.changesRows.includes(table)) {
      throw new StartupRefusal(
        `Migration ${migration.name}: ${table} had ${rows} rows and has ${after.get(table)}; nothing was changed. If that is meant, write "-- changes-rows: ${table}".`,
      )
    }
  }
}

/** The tables and their partitions, each as a name that the server itself has quoted. */
async function relationsOf(client: ClientBase, tables: readonly string[]): Promise<readonly string[]> {
  const { rows } = await extendedQuery<{ name: string }>(
    client,
    `with recursive tree (relid) as (
       select named.name::regclass::oid from unnest($1::text[]) as named (name)
       union
       select i.inhrelid from tree join pg_inherits i on i.inhparent = tree.relid
     ) select relid::regclass::text as name from tree order by 1`,
    [tables],
  )
  return rows.map((row) => row.name)
}

async function countRows(client: ClientBase, tables: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const counts = new Map<string, string>()
  for (const table of tables) {
    const { rows } = await extendedQuery<{ rows: string }>(client, `select count(*)::text as rows from ${table}`)
    counts.set(table, rows[0]?.rows ?? '')
  }
  return counts
}
