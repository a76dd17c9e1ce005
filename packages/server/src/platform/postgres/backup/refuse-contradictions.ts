/**
 * Threat: rows that triggers or migrations make come from a file, where somebody has changed them: a real workspace as a
 * canary, which no work is done for; another login's kinds of work; a person who is led to a workspace of others.
 * Rule: what a migration has put into a table is compared with the file and not replaced by it; what triggers derive must
 * follow from the rows it is derived from.
 * On failure: StartupRefusal, inside the transaction that loads.
 */
import type { ClientBase } from 'pg'
import { StartupRefusal } from '../../../kernel/startup-refusal.ts'
import { derivedTables, differenceSql } from '../derived-tables.ts'
import { extendedQuery } from '../extended-query.ts'

/** Tables whose rows are part of the schema: nothing but a migration writes them. */
export const rowsOfMigrations: readonly string[] = ['app.dispatch_kinds', 'app.partitioned_tables']

/** While FORCE is lifted, or the owner would compare nothing with nothing. An older schema may not have all tables yet. */
export async function refuseContradictions(client: ClientBase, tables: ReadonlySet<string>): Promise<void> {
  for (const one of derivedTables.filter(({ table }) => tables.has(table))) {
    const { table, source } = one
    const { rows } = await extendedQuery<{ wrong: number }>(client, differenceSql(one))
    const wrong = rows[0]?.wrong
    if (wrong !== 0)
      throw new StartupRefusal(
        `${table} does not agree with ${source} (${wrong ?? 'unknown'} rows); the backup was not written by a build of ours, and nothing was kept.`,
      )
  }
}
