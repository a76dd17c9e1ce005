/**
 * Threat: text that an attacker shaped reaches the simple protocol, which takes several statements at once.
 * Rule: this file alone sends simple-protocol messages, and each is a constant, a parsed UUID inside a constant, a
 * migration file of ours, or a COPY of a table whose names the catalogue has quoted. Everything else goes through
 * `extendedQuery`, which takes one statement.
 * On failure: a value that is not a UUID throws before anything is sent.
 */
import { parseUuid, type Uuid } from '@hyponema/contract'
import type { ClientBase } from 'pg'
import { type CopyStreamQuery, type CopyToStreamQuery, from, to } from 'pg-copy-streams'

/** Opens a transaction and sets its scope: two fixed messages, the second sent without waiting for the first. */
export async function beginInWorkspace(client: ClientBase, workspaceId: Uuid): Promise<void> {
  const uuid = parseUuid(workspaceId)
  if (uuid === undefined) throw new RangeError('withWorkspace: the workspace id is not a canonical UUID')
  const began = client.query('BEGIN')
  const scoped = client.query(`SET LOCAL app.workspace_id = '${uuid}'`)
  // Both are awaited whatever happens, so that neither rejects unseen.
  const results = await Promise.allSettled([began, scoped])
  for (const result of results) if (result.status === 'rejected') throw result.reason
}

/** Runs a migration file or another SQL script of ours, which may hold many statements. Administrators' connections only. */
export async function runOwnScript(client: ClientBase, sql: string): Promise<void> {
  await client.query(sql)
}

/** The two halves of a COPY of one table. Names in them come from the catalogue, quoted by the server, never from a file. */
export type TableCopy = { readonly select: string; readonly into: string }

/** Reads what a SELECT gives, in COPY's text format. Connections that never carry a scope only: backup and restore. */
export function copyOut(client: ClientBase, table: TableCopy): CopyToStreamQuery {
  const copying = to(`COPY (${table.select}) TO STDOUT`)
  return client.query(copying)
}

/** Takes rows in COPY's text format. Connections that never carry a scope only: restore. */
export function copyIn(client: ClientBase, table: TableCopy): CopyStreamQuery {
  const copying = from(`COPY ${table.into} FROM STDIN`)
  return client.query(copying)
}
