import { createHash } from 'node:crypto'
import type { ClientBase, QueryConfig, QueryResult, QueryResultRow } from 'pg'

/** pg has this since 8.13; without it a query that has no parameters goes through the simple protocol. */
type ExtendedQuery = QueryConfig<unknown[]> & { readonly queryMode: 'extended' }

/** More names than this on one connection mean generated SQL; its plans would only fill the server's memory. */
const maxNamesPerConnection = 200

const namesOf = new WeakMap<ClientBase, Set<string>>()
const nameOf = new Map<string, string>()

/** Runs one statement through the extended protocol, named by its text so that the server plans it once. */
export function extendedQuery<Row extends QueryResultRow>(
  client: ClientBase,
  sql: string,
  values: readonly unknown[] = [],
): Promise<QueryResult<Row>> {
  const name = statementName(client, sql)
  const query: ExtendedQuery = {
    text: sql,
    values: [...values],
    queryMode: 'extended',
    ...(name === undefined ? {} : { name }),
  }
  return client.query<Row, unknown[]>(query)
}

function statementName(client: ClientBase, sql: string): string | undefined {
  const name = sha256Name(sql)
  let names = namesOf.get(client)
  if (names === undefined) {
    names = new Set()
    namesOf.set(client, names)
  }
  if (names.has(name)) return name
  if (names.size >= maxNamesPerConnection) return undefined
  names.add(name)
  return name
}

/** 43 characters: PostgreSQL cuts names at 63, and 64 hex digits would not fit. */
function sha256Name(sql: string): string {
  const known = nameOf.get(sql)
  if (known !== undefined) return known
  const name = createHash('sha256').update(sql).digest('base64url')
  if (nameOf.size >= 2_000) nameOf.clear()
  nameOf.set(sql, name)
  return name
}
