/**
 * Threat: text that an attacker shaped reaches the simple protocol, which takes several statements at once.
 * Rule: this file alone sends simple-protocol messages, and each is a constant, a parsed UUID inside a constant, or a
 * migration file of ours. Everything else goes through `extendedQuery`, which takes one statement.
 * On failure: a value that is not a UUID throws before anything is sent.
 */
import { parseUuid, type Uuid } from '@hyponema/contract'
import type { ClientBase } from 'pg'

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
