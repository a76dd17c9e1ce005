import { join } from 'node:path'
import { parseUuid, type Uuid } from '@hyponema/contract'
import { sql } from 'kysely'
import { z } from 'zod'
import { provenScope } from '../../packages/server/src/kernel/workspace-scope.ts'
import { type Database, openDatabase } from '../../packages/server/src/platform/postgres/database.ts'
import { readLogins } from '../../packages/server/src/platform/postgres/logins.ts'
import { alternatingPairs } from './alternating-pairs.ts'
import type { BenchCluster } from './bench-cluster.ts'
import {
  agentIdOf,
  plantedWorkspaces,
  plantStatements,
  sessionIdOf,
  withoutRowSecuritySql,
  workspaceIdOf,
} from './planted-rows.ts'

const open = 'hyponema_without_row_security'
/** Plans are made by now: PostgreSQL decides for a generic one after five executions. */
const warmUp = 200

/** Server time of one transaction in milliseconds, by pg_stat_statements: with row security, and without. */
export type RowSecurityPair = readonly [withMs: number, withoutMs: number]

const timeSchema = z.array(z.object({ ms: z.coerce.number() })).length(1)

/** The same transactions on the same rows, by turns with the walls and without; who goes first alternates too. */
export async function measureRowSecurity(
  cluster: BenchCluster,
  options: { pairs: number; transactions: number },
): Promise<readonly RowSecurityPair[]> {
  await cluster.ask('create extension if not exists pg_stat_statements', 'postgres')
  for (const statement of plantStatements) await cluster.ask(statement)
  await cluster.ask(`create database ${open} template ${cluster.address.database}`, 'postgres')
  await cluster.ask(withoutRowSecuritySql, open)
  await cluster.ask(`grant connect on database ${open} to hyponema_app`, open)
  const logins = await readLogins(join(cluster.home, 'logins.json'))
  const limits = { maxConnections: 1 }
  const walled = openDatabase({ address: cluster.address, logins, limits })
  const bare = openDatabase({ address: { ...cluster.address, database: open }, logins, limits })
  const measure = async (database: Database): Promise<number> => {
    await cluster.ask('select pg_stat_statements_reset()', 'postgres')
    await runTransactions(database, options.transactions)
    const [row] = timeSchema.parse(await cluster.ask(timeSql(database.address.database), 'postgres'))
    return (row?.ms ?? Number.NaN) / options.transactions
  }
  try {
    for (const database of [walled, bare]) await runTransactions(database, warmUp)
    return await alternatingPairs(
      options.pairs,
      () => measure(walled),
      () => measure(bare),
    )
  } finally {
    await Promise.all([walled.close(), bare.close()])
  }
}

/** Everything that the transactions sent, BEGIN, COMMIT and the check-in too, and their planning. */
function timeSql(database: string): string {
  return `select sum(total_exec_time + total_plan_time) as ms from pg_stat_statements s
    join pg_database d on d.oid = s.dbid where d.datname = '${database}'`
}

async function runTransactions(database: Database, count: number): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    const workspace = 1 + (number % plantedWorkspaces)
    await oneTransaction(database, workspace, 1 + ((number * 7) % 400), number)
  }
}

/** What a request of the API asks: a row by its key, a page of a list, a row added, one changed. Each names its workspace, so that both variants use the same keys. */
async function oneTransaction(database: Database, workspace: number, session: number, number: number): Promise<void> {
  const id = uuid(workspaceIdOf(workspace))
  await database.withWorkspace(provenScope(id), async ({ db }) => {
    await sql`select * from tenant.sessions where workspace_id = ${id} and id = ${sessionIdOf(workspace, session)}`.execute(
      db,
    )
    await sql`select id, status from tenant.sessions where workspace_id = ${id} and agent_id = ${agentIdOf(workspace)}
      order by id desc limit 20`.execute(db)
    await sql`insert into tenant.idempotency_keys (workspace_id, principal, route, key, request_sha256)
      values (${id}, 'bench', 'POST /v1/sessions', ${`${number}-${Math.random()}`}, sha256('x'))`.execute(db)
    await sql`update tenant.sessions set turn_count = turn_count + 1
      where workspace_id = ${id} and id = ${sessionIdOf(workspace, session)}`.execute(db)
  })
}

function uuid(text: string): Uuid {
  const parsed = parseUuid(text)
  if (parsed === undefined) throw new Error(`${text} is no UUID`)
  return parsed
}
