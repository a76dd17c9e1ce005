import type { ClientBase, QueryResultRow } from 'pg'
import { askAs } from '../ask-as.ts'
import { extendedQuery } from '../extended-query.ts'
import type { LoginPool } from '../login-pool.ts'

/** Asks one statement outside any scope and gives its rows. */
export type Asker = <Row extends QueryResultRow>(sql: string, parameters?: readonly unknown[]) => Promise<Row[]>

/** Each statement on a connection of its own. */
export function askerOf(login: LoginPool): Asker {
  return (sql, parameters = []) => askAs(login, sql, parameters)
}

/** Every statement on one connection, for what must share a transaction. */
export function askerOn(client: ClientBase): Asker {
  return async <Row extends QueryResultRow>(sql: string, parameters: readonly unknown[] = []) =>
    (await extendedQuery<Row>(client, sql, parameters)).rows
}
