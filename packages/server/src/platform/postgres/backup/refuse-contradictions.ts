/**
 * Threat: rows that triggers or migrations make come from a file, where somebody has changed them: a real workspace as a
 * canary, which no work is done for; another login's kinds of work; a person who is led to a workspace of others.
 * Rule: what a migration has put into a table is compared with the file and not replaced by it; what triggers derive must
 * follow from the rows it is derived from.
 * On failure: StartupRefusal, inside the transaction that loads.
 */
import type { ClientBase } from 'pg'
import { StartupRefusal } from '../../../kernel/startup-refusal.ts'
import { extendedQuery } from '../extended-query.ts'

/** Tables whose rows are part of the schema: nothing but a migration writes them. */
export const rowsOfMigrations: readonly string[] = ['app.dispatch_kinds', 'app.partitioned_tables']

const derived = [
  {
    table: 'app.canaries',
    source: 'tenant.workspaces',
    kept: 'select workspace_id from app.canaries',
    follows: 'select workspace_id from tenant.workspaces where is_canary',
  },
  {
    table: 'identity.membership_index',
    source: 'tenant.memberships',
    kept: 'select identity_id, workspace_id from identity.membership_index',
    follows: 'select identity_id, workspace_id from tenant.memberships',
  },
] as const

/** While FORCE is lifted, or the owner would compare nothing with nothing. An older schema may not have all tables yet. */
export async function refuseContradictions(client: ClientBase, tables: ReadonlySet<string>): Promise<void> {
  for (const { table, source, kept, follows } of derived.filter((one) => tables.has(one.table))) {
    const { rows } = await extendedQuery<{ wrong: number }>(
      client,
      `select count(*)::int as wrong from ((${kept} except ${follows}) union all (${follows} except ${kept})) difference`,
    )
    const wrong = rows[0]?.wrong
    if (wrong !== 0)
      throw new StartupRefusal(
        `${table} does not agree with ${source} (${wrong ?? 'unknown'} rows); the backup was not written by a build of ours, and nothing was kept.`,
      )
  }
}
