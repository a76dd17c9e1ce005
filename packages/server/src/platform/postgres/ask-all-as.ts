import type { QueryResultRow } from 'pg'
import { extendedQuery } from './extended-query.ts'
import type { LoginPool } from './login-pool.ts'

/**
 * Statements outside any scope, on one connection and without waiting for the answer before. The answers come in the order of
 * the questions, all of them or none.
 */
export async function askAllAs<Row extends QueryResultRow>(
  login: LoginPool,
  questions: readonly { readonly sql: string; readonly parameters: readonly unknown[] }[],
): Promise<readonly (readonly Row[])[]> {
  const client = await login.pool.connect()
  try {
    const answers = await Promise.all(
      questions.map(({ sql, parameters }) => extendedQuery<Row>(client, sql, parameters)),
    )
    client.release()
    return answers.map(({ rows }) => rows)
  } catch (error) {
    client.release(true)
    throw error
  }
}
