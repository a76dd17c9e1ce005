/**
 * Threat: an installation that serves was changed by hand, by a restore or by a migration, and its walls are down.
 * Rule: beside the static rules two permanent canary workspaces attack each other as the app does, and each foreign key is
 * asked for rows that lead nowhere. Nothing of a real workspace is read, locked or changed by an attack that fails.
 * On failure: a leak, or not_probed where a canary does not find its own row. Either fails the run.
 */
import type { Database } from '../database.ts'
import type { LoginPool } from '../login-pool.ts'
import { askerOf } from './asker.ts'
import { probeCanaries } from './canary-probes.ts'
import { checkDerivedRows } from './derived-rows.ts'
import { doorArena } from './door-arena.ts'
import { checkForeignKeyRows } from './foreign-key-rows.ts'
import { plantCanaries } from './plant-canaries.ts'
import { NoRowFactory } from './planted-workspaces.ts'
import { proveStatically } from './prove-isolation.ts'
import { readTables } from './read-tables.ts'
import { rowFactories } from './row-factories.ts'
import { seesAllRows } from './sees-all-rows.ts'
import type { Verdict } from './verdict.ts'

export async function proveLive(options: {
  database: Pick<Database, 'logins'>
  migrator: LoginPool
  backup: LoginPool
}): Promise<readonly Verdict[]> {
  const { logins } = options.database
  const ask = askerOf(logins.app)
  const tables = await readTables(ask)
  const known = tables.filter(({ root }) => root in rowFactories)
  const unknown = tables.filter(({ root }) => !(root in rowFactories))
  const canaries = await plantCanaries(options.migrator, [...new Set(known.map(({ root }) => root))])
  const { attempt } = doorArena(ask, logins)
  const probed: Verdict[] = []
  for (const table of known) probed.push(...(await probeCanaries(attempt, table, canaries)))
  return [
    ...(await proveStatically(logins.app)),
    ...unknown.map(
      ({ name, root }): Verdict => ({
        check: `tenant.${name}`,
        result: 'not_probed',
        detail: new NoRowFactory(root).message,
      }),
    ),
    ...probed,
    ...(await rowsThatAllMustSee(options.backup)),
  ]
}

/** On a managed server nobody of ours sees all rows; the provider's snapshots are the backup there. */
async function rowsThatAllMustSee(backup: LoginPool): Promise<readonly Verdict[]> {
  const ask = askerOf(backup)
  if ((await seesAllRows(ask)).all) return [...(await checkForeignKeyRows(ask)), ...(await checkDerivedRows(ask))]
  return [
    {
      check: 'foreign key rows, and rows that triggers keep',
      result: 'held',
      detail: `not asked, because ${backup.user} does not see all rows here`,
    },
  ]
}
