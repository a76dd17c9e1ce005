/**
 * Threat: a query of one workspace reads or changes rows of another, by a forgotten condition or by injected SQL.
 * Rule: a connection enters exactly one workspace per transaction, by two fixed messages that no injected statement can
 * contain; before, its scope is empty; after, every setting, listener and prepared name is as it was.
 * On failure: rolled back; a connection that is not exactly as expected is destroyed and never used again.
 *
 * check out -> scope empty? -> BEGIN, SET LOCAL -> work -> COMMIT -> RESET ALL, UNLISTEN *, nothing prepared by SQL? -> check in
 *                  | no                              | throws
 *                  v                                 v
 *               destroyed                        ROLLBACK -> the same check-in, or destroyed after an unexpected SQLSTATE
 */
import { Kysely } from 'kysely'
import type { PoolClient, QueryResultRow } from 'pg'
import { AppError } from '../../kernel/app-error.ts'
import type { WorkspaceScope } from '../../kernel/workspace-scope.ts'
import { extendedQuery } from './extended-query.ts'
import type { LoginPool } from './login-pool.ts'
import { scopedCalls } from './scoped-calls.ts'
import { beginInWorkspace } from './simple-protocol.ts'
import { isExpectedState, isUnavailable } from './sql-state.ts'
import type { Tables } from './tables.ts'
import { type RunStatement, workspaceDialect } from './workspace-dialect.ts'
import type { WorkspaceTx, WorkspaceTxParts } from './workspace-tx.ts'

/** Runs `work` in one transaction of one workspace. Commits when it resolves, rolls back when it throws. */
export type WithWorkspace = <T>(scope: WorkspaceScope, work: (tx: WorkspaceTx) => Promise<T>) => Promise<T>

/** The door for one login. */
export function createWithWorkspace(login: LoginPool): WithWorkspace {
  return (scope, work) =>
    runScoped(login, scope.workspaceId, (run) => {
      const db = new Kysely<Tables>({ dialect: workspaceDialect(run) })
      const parts: WorkspaceTxParts = { workspaceId: scope.workspaceId, db, ...scopedCalls(run) }
      // oxlint-disable-next-line typescript/consistent-type-assertions -- the one maker of WorkspaceTx
      return work(parts as WorkspaceTx)
    })
}

/** Shared with `withUnproven`; nothing else may call it (test/architecture). */
export function runScoped<T>(
  login: LoginPool,
  workspaceId: WorkspaceScope['workspaceId'],
  work: (run: RunStatement) => Promise<T>,
): Promise<T> {
  return runTransaction(login, (client) => beginInWorkspace(client, workspaceId), work)
}

/** The same transaction without any workspace, for `withIdentity` alone (test/architecture): no row of a tenant exists in it. */
export function runUnscoped<T>(login: LoginPool, work: (run: RunStatement) => Promise<T>): Promise<T> {
  return runTransaction(login, (client) => extendedQuery(client, 'BEGIN'), work)
}

async function runTransaction<T>(
  login: LoginPool,
  begin: (client: PoolClient) => Promise<unknown>,
  work: (run: RunStatement) => Promise<T>,
): Promise<T> {
  const client = await checkOut(login)
  // Tainted until the scope is known to be set: a connection on which that failed is not as it should be.
  const state = { open: true, tainted: true }
  const run: RunStatement = async <Row extends QueryResultRow>(sql: string, parameters: readonly unknown[]) => {
    if (!state.open) throw new AppError('server.internal', 'the transaction of this WorkspaceTx has ended')
    try {
      return await extendedQuery<Row>(client, sql, parameters)
    } catch (error) {
      if (!isExpectedState(error)) state.tainted = true
      throw error
    }
  }
  try {
    await enter(client, begin)
    state.tainted = false
    const result = await work(run)
    state.open = false
    await commit(client)
    await checkIn(client)
    return result
  } catch (error) {
    state.open = false
    await leave(client, state.tainted)
    throw isUnavailable(error)
      ? new AppError('server.database_unavailable', 'the database is not reachable', { cause: error })
      : error
  }
}

async function checkOut(login: LoginPool): Promise<PoolClient> {
  try {
    return await login.pool.connect()
  } catch (error) {
    throw new AppError('server.database_unavailable', `no connection as ${login.user}`, { cause: error })
  }
}

/** All are sent without waiting; a scope that was left behind is seen before the first statement of the work. */
async function enter(client: PoolClient, begin: (client: PoolClient) => Promise<unknown>): Promise<void> {
  const before = extendedQuery<{ left: string | null }>(
    client,
    "select nullif(current_setting('app.workspace_id', true), '') as left",
  )
  const [left, began] = await Promise.allSettled([before, begin(client)])
  if (left.status === 'rejected') throw left.reason
  if (began.status === 'rejected') throw began.reason
  if (left.value.rows[0]?.left !== null) throw new AppError('server.internal', 'a pooled connection still had a scope')
}

/** COMMIT of a transaction that has failed answers ROLLBACK and is no error: a swallowed statement error must not look done. */
async function commit(client: PoolClient): Promise<void> {
  const { command } = await extendedQuery(client, 'COMMIT')
  if (command !== 'COMMIT')
    throw new AppError('server.internal', 'the transaction could not commit: a statement in it had failed')
}

async function leave(client: PoolClient, tainted: boolean): Promise<void> {
  if (tainted) {
    client.release(true)
    return
  }
  try {
    await extendedQuery(client, 'ROLLBACK')
    await checkIn(client)
  } catch {
    // The connection is gone or not as it should be. The error that brought us here is the one that is reported.
    client.release(true)
  }
}

async function checkIn(client: PoolClient): Promise<void> {
  const [reset, unlistened, prepared] = await Promise.allSettled([
    extendedQuery(client, 'RESET ALL'),
    extendedQuery(client, 'UNLISTEN *'),
    extendedQuery(client, 'select 1 from pg_catalog.pg_prepared_statements where from_sql limit 1'),
  ])
  const clean =
    reset.status === 'fulfilled' &&
    unlistened.status === 'fulfilled' &&
    prepared.status === 'fulfilled' &&
    prepared.value.rowCount === 0
  client.release(!clean)
}
