/**
 * Threat: the one table whose owner is not bound by row security belongs to a role that somebody can be or that owns
 * anything else.
 * Rule: the steps make it as the owner, and the administrator hands it and the function that reads it to hyponema_search
 * (every-time/search-owner.sql) in one transaction. An administrator that is not superuser joins both roles and leaves them
 * again before it ends. What belongs to it already is not touched.
 * On failure: rolled back as a whole; the table belongs to the owner, and no server starts on it.
 */
import type { ClientBase } from 'pg'
import { extendedQuery } from './extended-query.ts'
import { readEveryTime } from './run-every-time.ts'
import { runOwnScript } from './simple-protocol.ts'

export async function handOverSearch(client: ClientBase): Promise<void> {
  await extendedQuery(client, 'BEGIN')
  try {
    await runOwnScript(client, await readEveryTime('search-owner.sql'))
    await extendedQuery(client, 'COMMIT')
  } catch (error) {
    await extendedQuery(client, 'ROLLBACK')
    throw error
  }
}
