import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ClientBase } from 'pg'
import { extendedQuery } from './extended-query.ts'
import { migrationsFolder } from './read-migrations.ts'
import { runOwnScript } from './simple-protocol.ts'

export const ledgerScript = 'ledger.sql'

/** Runs one of the scripts that every migrate runs, in a transaction of its own. */
export async function runEveryTime(client: ClientBase, file: string): Promise<void> {
  await extendedQuery(client, 'BEGIN')
  try {
    // Two that change the same rights at once fail with "tuple concurrently updated"; the ledger makes them take turns.
    if (file !== ledgerScript) await extendedQuery(client, 'LOCK TABLE app.schema_migrations IN ACCESS EXCLUSIVE MODE')
    await runOwnScript(client, await readEveryTime(file))
    await extendedQuery(client, 'COMMIT')
  } catch (error) {
    await extendedQuery(client, 'ROLLBACK')
    throw error
  }
}

export function readEveryTime(file: string): Promise<string> {
  return readFile(join(migrationsFolder, 'every-time', file), 'utf8')
}
