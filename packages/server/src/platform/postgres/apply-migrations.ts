/**
 * Applies what is missing, each step in its own transaction as hyponema_owner, and records it with its checksum.
 * The ledger is locked while a step runs, so two migrates at once take turns and the second finds nothing to do.
 */
import type { ClientBase } from 'pg'
import { StartupRefusal } from '../../kernel/startup-refusal.ts'
import { tablesWithoutForce } from './declared-rights.ts'
import { extendedQuery } from './extended-query.ts'
import type { Migration } from './read-migrations.ts'
import { runOwnScript } from './simple-protocol.ts'
import { withForceLifted } from './with-force-lifted.ts'

type LedgerRow = { version: number; name: string; sha256: string }

/** `client` is connected as hyponema_migrator and acts as the owner. Returns the names of the steps that were applied now. */
export async function applyMigrations(
  client: ClientBase,
  migrations: readonly Migration[],
): Promise<readonly string[]> {
  const applied: string[] = []
  for (const migration of migrations) {
    if (await applyOne(client, migration)) applied.push(migration.name)
  }
  await refuseUnknown(client, migrations)
  return applied
}

async function applyOne(client: ClientBase, migration: Migration): Promise<boolean> {
  await extendedQuery(client, 'BEGIN')
  try {
    await extendedQuery(client, 'LOCK TABLE app.schema_migrations IN ACCESS EXCLUSIVE MODE')
    const known = await extendedQuery<LedgerRow>(
      client,
      'select version, name, sha256 from app.schema_migrations where version = $1',
      [migration.version],
    )
    const row = known.rows[0]
    if (row !== undefined) {
      refuseChanged(row, migration)
      await extendedQuery(client, 'ROLLBACK')
      return false
    }
    await withForceLifted(client, migration, () => runOwnScript(client, migration.sql))
    await refuseUnprotected(client, migration)
    await extendedQuery(client, 'insert into app.schema_migrations (version, name, sha256) values ($1, $2, $3)', [
      migration.version,
      migration.name,
      migration.sha256,
    ])
    await extendedQuery(client, 'COMMIT')
    return true
  } catch (error) {
    await extendedQuery(client, 'ROLLBACK')
    throw error
  }
}

function refuseChanged(row: LedgerRow, migration: Migration): void {
  if (row.name === migration.name && row.sha256 === migration.sha256) return
  throw new StartupRefusal(
    `Migration ${migration.version} was applied as ${row.name} with another content than this build has; use the build that made this database.`,
  )
}

async function refuseUnknown(client: ClientBase, migrations: readonly Migration[]): Promise<void> {
  const last = migrations.at(-1)?.version ?? 0
  const { rows } = await extendedQuery<LedgerRow>(
    client,
    'select version, name, sha256 from app.schema_migrations where version > $1 order by version limit 1',
    [last],
  )
  const row = rows[0]
  if (row !== undefined)
    throw new StartupRefusal(
      `The database has migration ${row.name}, which this build does not know; start a newer build.`,
    )
}

/** No step may end with a table of tenants that is not protected. */
async function refuseUnprotected(client: ClientBase, migration: Migration): Promise<void> {
  const { rows } = await extendedQuery<{ name: string }>(
    client,
    `select c.relname as name from pg_class c
     where c.relnamespace = to_regnamespace('tenant') and c.relkind in ('r', 'p')
       and not (c.relrowsecurity and (c.relforcerowsecurity or c.relname = any ($1::text[]))
         and exists (select 1 from pg_policy p where p.polrelid = c.oid and p.polname = 'workspace_scope'))
     order by 1`,
    [tablesWithoutForce],
  )
  const names = rows.map((row) => row.name).join(', ')
  if (names !== '')
    throw new StartupRefusal(`Migration ${migration.name} leaves tables without the workspace policy: ${names}.`)
}
