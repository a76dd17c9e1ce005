import type { PoolClient } from 'pg'
import { extendedQuery } from '../extended-query.ts'
import type { LoginPool } from '../login-pool.ts'
import type { Asker } from './asker.ts'
import { insertInto, type Planted, plant } from './planted-workspaces.ts'
import type { LoginName, TableInfo } from './read-tables.ts'
import { sqlStateOf } from './sql-state-of.ts'
import { judged, type Verdict } from './verdict.ts'

/** Without a scope there is nothing, a malformed one is an error, and a prepared statement belongs to no scope. */
export async function probeScopes(options: {
  ask: Asker
  login: LoginName
  pool: LoginPool
  tables: readonly TableInfo[]
}): Promise<readonly Verdict[]> {
  const { ask, login, pool } = options
  const verdicts: Verdict[] = []
  const client = await pool.pool.connect()
  try {
    for (const table of options.tables.filter(({ rights }) => rights[login].select)) {
      const planted = [await plant(ask, table.root, 'full'), await plant(ask, table.root, 'full')] as const
      verdicts.push(...(await probeOne(client, `${login} tenant.${table.name}`, { table, login, planted })))
    }
  } finally {
    client.release(true)
  }
  return verdicts
}

async function probeOne(
  client: PoolClient,
  name: string,
  { table, login, planted }: { table: TableInfo; login: LoginName; planted: readonly [Planted, Planted] },
): Promise<readonly Verdict[]> {
  const [one, two] = planted
  const select = `select workspace_id::text as workspace from tenant.${table.name}`
  const seen = async (): Promise<string> => {
    const { rows } = await extendedQuery<{ workspace: string }>(client, select)
    return rows.map(({ workspace }) => workspace).join()
  }
  // Six times the first: after the fifth the server may keep a generic plan.
  const order = [one, two, one, one, one, one, one, two].map(({ workspaceId }) => workspaceId)
  const found: string[] = []
  for (const workspace of order) found.push(await within(client, workspace, seen))
  const isProbed = found[0] === one.workspaceId
  const verdict = (check: string, held: boolean, detail: string): Verdict =>
    isProbed
      ? judged(check, held, detail)
      : { check, result: 'not_probed', detail: `the own row is not found: ${found[0]}` }
  const unset = await seen()
  const empty = await within(client, '', seen)
  const malformed: string[] = []
  for (const text of ['x', '1', '*', `${one.workspaceId}'`, `${one.workspaceId} or true`]) {
    malformed.push(await sqlStateOf(() => within(client, text, seen)))
  }
  const written = table.rights[login].insert ? await insertWithoutScope(client, table, one) : '42501'
  return [
    verdict(`${name} prepared statement under another scope`, found.join() === order.join(), found.join()),
    verdict(`${name} unset scope`, unset === '', unset),
    verdict(`${name} empty scope`, empty === '', empty),
    verdict(
      `${name} malformed scope`,
      malformed.every((state) => state === '22P02'),
      malformed.join(),
    ),
    verdict(`${name} insert without a scope`, written === '42501', written),
  ]
}

/** Rolled back, so that the next one begins without a scope. */
async function within(client: PoolClient, scope: string, work: () => Promise<string>): Promise<string> {
  await extendedQuery(client, 'begin')
  try {
    await extendedQuery(client, `set local app.workspace_id = '${scope.replaceAll("'", "''")}'`)
    return await work()
  } finally {
    await extendedQuery(client, 'rollback')
  }
}

function insertWithoutScope(client: PoolClient, table: TableInfo, planted: Planted): Promise<string> {
  const { sql, parameters } = insertInto(table.name, planted.fresh())
  return sqlStateOf(() =>
    within(client, '', async () => String((await extendedQuery(client, sql, parameters)).rowCount)),
  )
}
