/**
 * Threat: a table, a right, a policy or a function lets one workspace reach another, and nobody thought of trying it.
 * Rule: what there is to try is read from pg_catalog, so that a table which nobody told us about is tried too; each
 * attack follows the same statement on the own row in the same transaction.
 * On failure: a leak, or not_probed where the control did not find its own row. Either fails the run.
 */
import { systemClock } from '../../../kernel/clock.ts'
import { idMaker } from '../../../kernel/new-id.ts'
import { inspectBoundary } from '../assert-boundary.ts'
import { everyRule } from '../every-rule.ts'
import { extendedQuery } from '../extended-query.ts'
import type { LoginPool } from '../login-pool.ts'
import type { Logins } from '../logins.ts'
import { probeAdmins } from './admin-probes.ts'
import { askerOf } from './asker.ts'
import { checkDerivedRows } from './derived-rows.ts'
import { doorArena } from './door-arena.ts'
import { probeEscapes } from './escape-probes.ts'
import { checkForeignKeyRows } from './foreign-key-rows.ts'
import { probeFunctions } from './function-probes.ts'
import { probeOutside } from './outside-probes.ts'
import { NoRowFactory } from './planted-workspaces.ts'
import { type Arena, probeTable } from './probe-table.ts'
import { type LoginName, loginNames, readTables, type TableInfo } from './read-tables.ts'
import { probeScopes } from './scope-probes.ts'
import { probeSearch } from './search-probes.ts'
import type { Verdict } from './verdict.ts'

/** A scratch database and everybody who may connect to it. Rows are planted and left. */
export type ProvingGround = {
  readonly logins: Readonly<Record<keyof Logins, LoginPool>>
  readonly backup: LoginPool
  readonly migrator: LoginPool
  /** A superuser: plants the rows that are attacked and sees all of them. */
  readonly superuser: LoginPool
}

const newId = idMaker(systemClock)

/**
 * The static rules alone, one verdict for each rule that holds and one for each finding. What a managed server does not
 * allow is no leak there: it holds, and is told as a notice.
 */
export async function proveStatically(app: LoginPool): Promise<readonly Verdict[]> {
  const findings = await inspectBoundary(app)
  return everyRule.flatMap((rule): Verdict[] => {
    const own = findings.filter((finding) => finding.rule === rule.name)
    if (own.length === 0) return [{ check: `rule ${rule.name}`, result: 'held', detail: '' }]
    return own.map(({ finding, refuses }) => ({
      check: `rule ${rule.name}`,
      result: refuses ? 'leak' : 'held',
      detail: finding,
    }))
  })
}

/** Every table x verb x login, and everything else by which a login could leave its workspace. */
export async function proveIsolation(ground: ProvingGround): Promise<readonly Verdict[]> {
  const ask = askerOf(ground.superuser)
  const arena = doorArena(ask, ground.logins)
  const known = await probeTables(arena, await readTables(ask))
  const { tables } = known
  const byLogin = await Promise.all(loginNames.map((login) => proveLogin(ground, { arena, login, tables })))
  return [
    ...(await proveStatically(ground.logins.app)),
    ...known.verdicts,
    ...byLogin.flat(),
    ...(await callSearch(ground.superuser)),
    ...(await probeAdmins({ ask, backup: ground.backup, migrator: ground.migrator, tables })),
    ...(await checkForeignKeyRows(askerOf(ground.backup))),
    ...(await checkDerivedRows(askerOf(ground.backup))),
  ]
}

async function proveLogin(
  ground: ProvingGround,
  { arena, login, tables }: { arena: Arena; login: LoginName; tables: readonly TableInfo[] },
): Promise<readonly Verdict[]> {
  const [own, other] = [newId(), newId()]
  return [
    ...(await probeScopes({ ask: arena.ask, login, pool: ground.logins[login], tables })),
    ...(await probeEscapes(arena, login, { own, other })),
    ...(await probeOutside(arena, login, own)),
    ...(await callFunctions(ground.superuser, login, tables)),
  ]
}

/** The tables that can be filled, tried; each other one is a finding. */
export async function probeTables(arena: Arena, tables: readonly TableInfo[]) {
  const verdicts: Verdict[] = []
  const filled: TableInfo[] = []
  for (const table of tables) {
    try {
      verdicts.push(...(await probeTable(arena, { table, logins: loginNames })))
      filled.push(table)
    } catch (error) {
      if (!(error instanceof NoRowFactory)) throw error
      verdicts.push({ check: `tenant.${table.name}`, result: 'not_probed', detail: error.message })
    }
  }
  return { verdicts, tables: filled }
}

/** The one function whose owner no policy binds. */
async function callSearch(superuser: LoginPool): Promise<readonly Verdict[]> {
  const client = await superuser.pool.connect()
  try {
    await extendedQuery(client, 'begin')
    const verdicts = await probeSearch(client)
    await extendedQuery(client, 'rollback')
    return verdicts
  } finally {
    client.release(true)
  }
}

async function callFunctions(
  superuser: LoginPool,
  login: LoginName,
  tables: readonly TableInfo[],
): Promise<readonly Verdict[]> {
  const client = await superuser.pool.connect()
  try {
    return await probeFunctions(client, login, [...new Set(tables.map(({ root }) => root))])
  } finally {
    client.release(true)
  }
}
