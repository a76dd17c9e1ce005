/**
 * Threat: a restore is killed in the middle, and a server starts on what was loaded until then as if it were all.
 * Rule: a restore marks the database before anything of ours is in it and takes the mark away when every check has
 * passed; whoever starts, migrates or backs up looks for the mark first. The mark is an empty schema, because it must
 * stand where there is no table of ours yet, and every login can see it.
 * On failure: StartupRefusal that says how to go on; nothing is served, migrated or copied.
 */
import type { ClientBase } from 'pg'
import { hasCode } from '../../kernel/has-code.ts'
import { StartupRefusal } from '../../kernel/startup-refusal.ts'
import { ownCommand } from '../own-command.ts'
import { extendedQuery } from './extended-query.ts'

const mark = 'hyponema_unfinished_restore'

/** For whoever asks on connections of his own. One row with `unfinished`. */
export const unfinishedRestoreQuestion = {
  sql: 'select exists (select 1 from pg_catalog.pg_namespace where nspname = $1) as unfinished',
  parameters: [mark],
} as const

export function unfinishedRestore(): StartupRefusal {
  return new StartupRefusal(
    `A restore into this database was not finished, so it holds part of a backup: run \`${ownCommand('restore FILE')}\` again, as you did then, which begins anew, or drop the database.`,
  )
}

export async function isRestoreUnfinished(client: ClientBase): Promise<boolean> {
  const { sql, parameters } = unfinishedRestoreQuestion
  const { rows } = await extendedQuery<{ unfinished: boolean }>(client, sql, parameters)
  return rows[0]?.unfinished === true
}

/** As the administrator, before anything else. */
export async function markRestore(client: ClientBase): Promise<void> {
  try {
    await extendedQuery(client, `create schema if not exists ${mark}`)
  } catch (error) {
    if (!hasCode(error, '42501')) throw error
    throw new StartupRefusal(
      "The user in the URL may not make schemas in this database; name the database's owner or a superuser.",
      { cause: error },
    )
  }
}

/** As the administrator, after everything else. */
export async function unmarkRestore(client: ClientBase): Promise<void> {
  await extendedQuery(client, `drop schema ${mark}`)
}
