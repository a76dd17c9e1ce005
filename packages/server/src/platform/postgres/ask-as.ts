import type { QueryResultRow } from 'pg'
import { extendedQuery } from './extended-query.ts'
import type { LoginPool } from './login-pool.ts'

/** One statement outside any scope, on a connection of the pool; one that failed is not used again. */
export async function askAs<Row extends QueryResultRow>(
  login: LoginPool,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<Row[]> {
  const client = await login.pool.connect()
  try {
    const { rows } = await extendedQuery<Row>(client, sql, parameters)
    client.release()
    return rows
  } catch (error) {
    client.release(true)
    throw error
  }
}
