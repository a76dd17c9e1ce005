import type { Uuid } from '@hyponema/contract'
import { sql } from 'kysely'
import type { Cursor } from '../../kernel/cursor.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'

/** A key as people may see it: nothing here opens anything. */
export type ApiKeyRow = {
  readonly id: Uuid
  readonly label: string
  readonly mode: 'live' | 'test'
  readonly scopes: readonly string[]
  readonly allowedAddresses: readonly string[] | null
  readonly allowedAgents: readonly Uuid[] | null
  readonly hint: string
  readonly rotatedFrom: Uuid | null
  readonly createdBy: string
  readonly createdAt: Date
  readonly expiresAt: Date | null
  readonly lastUsedAt: Date | null
  readonly revokedAt: Date | null
  readonly failedCount: number
  readonly lastFailedAt: Date | null
}

/** What is stored in place of the text of a key. */
export type SecretMac = { readonly secretMac: Buffer; readonly pepperVersion: string }

const columns = [
  'id',
  'label',
  'mode',
  'scopes',
  'allowed_addresses as allowedAddresses',
  'allowed_agents as allowedAgents',
  'hint',
  'rotated_from as rotatedFrom',
  'created_by as createdBy',
  'created_at as createdAt',
  'expires_at as expiresAt',
  'last_used_at as lastUsedAt',
  'revoked_at as revokedAt',
  'failed_count as failedCount',
  'last_failed_at as lastFailedAt',
] as const

export async function insertApiKey(
  tx: WorkspaceTx,
  key: SecretMac &
    Pick<
      ApiKeyRow,
      | 'id'
      | 'label'
      | 'mode'
      | 'scopes'
      | 'allowedAddresses'
      | 'allowedAgents'
      | 'hint'
      | 'rotatedFrom'
      | 'createdBy'
      | 'expiresAt'
    >,
): Promise<void> {
  await tx.db
    .insertInto('tenant.api_keys')
    .values({
      workspace_id: tx.workspaceId,
      id: key.id,
      label: key.label,
      mode: key.mode,
      secret_mac: key.secretMac,
      pepper_version: key.pepperVersion,
      scopes: [...key.scopes],
      allowed_addresses: key.allowedAddresses === null ? null : [...key.allowedAddresses],
      allowed_agents: key.allowedAgents === null ? null : [...key.allowedAgents],
      hint: key.hint,
      rotated_from: key.rotatedFrom,
      created_by: key.createdBy,
      expires_at: key.expiresAt,
    })
    .execute()
}

export async function findApiKey(tx: WorkspaceTx, id: Uuid): Promise<ApiKeyRow | undefined> {
  return tx.db.selectFrom('tenant.api_keys').select(columns).where('id', '=', id).executeTakeFirst()
}

/** The key with its row locked, so that two who rotate or revoke it take their turn. */
export async function lockApiKey(tx: WorkspaceTx, id: Uuid): Promise<ApiKeyRow | undefined> {
  return tx.db.selectFrom('tenant.api_keys').select(columns).where('id', '=', id).forUpdate().executeTakeFirst()
}

export async function listApiKeys(tx: WorkspaceTx, page: { cursor: Cursor; limit: number }): Promise<ApiKeyRow[]> {
  let query = tx.db
    .selectFrom('tenant.api_keys')
    .select(columns)
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
  if (page.cursor !== undefined) query = query.where('id', '<', page.cursor)
  return query.execute()
}

/** Whether a key that took over from this one still works. Ask with the row of this one locked. */
export async function hasLiveSuccessor(tx: WorkspaceTx, key: { id: Uuid; now: Date }): Promise<boolean> {
  const row = await tx.db
    .selectFrom('tenant.api_keys')
    .select('id')
    .where('rotated_from', '=', key.id)
    .where('revoked_at', 'is', null)
    .where((match) => match.or([match('expires_at', 'is', null), match('expires_at', '>', key.now)]))
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

export async function setLabel(tx: WorkspaceTx, change: { id: Uuid; label: string }): Promise<void> {
  await tx.db.updateTable('tenant.api_keys').set({ label: change.label }).where('id', '=', change.id).execute()
}

export async function setExpiry(tx: WorkspaceTx, change: { id: Uuid; expiresAt: Date }): Promise<void> {
  await tx.db.updateTable('tenant.api_keys').set({ expires_at: change.expiresAt }).where('id', '=', change.id).execute()
}

export async function setRevoked(tx: WorkspaceTx, change: { id: Uuid; now: Date }): Promise<void> {
  await tx.db.updateTable('tenant.api_keys').set({ revoked_at: change.now }).where('id', '=', change.id).execute()
}

/** Remembers the use of a key, at most once a minute: `before` is a minute ago. */
export async function touchApiKey(tx: WorkspaceTx, use: { id: Uuid; now: Date; before: Date }): Promise<void> {
  await tx.db
    .updateTable('tenant.api_keys')
    .set({ last_used_at: use.now })
    .where('id', '=', use.id)
    .where((match) => match.or([match('last_used_at', 'is', null), match('last_used_at', '<', use.before)]))
    .execute()
}

/** Writes the MAC under a newer pepper, unless another process has written one since `from` was read. */
export async function renewApiKeyMac(tx: WorkspaceTx, key: SecretMac & { id: Uuid; from: string }): Promise<void> {
  await tx.db
    .updateTable('tenant.api_keys')
    .set({ secret_mac: key.secretMac, pepper_version: key.pepperVersion })
    .where('id', '=', key.id)
    .where('pepper_version', '=', key.from)
    .execute()
}

/** Adds to what was counted; the number stops where its column ends. */
export async function addFailures(tx: WorkspaceTx, failures: { id: Uuid; count: number; lastAt: Date }): Promise<void> {
  await tx.db
    .updateTable('tenant.api_keys')
    .set({
      failed_count: sql<number>`least(failed_count::bigint + ${failures.count}, 2147483647)::integer`,
      last_failed_at: sql<Date>`greatest(last_failed_at, ${failures.lastAt})`,
    })
    .where('id', '=', failures.id)
    .execute()
}

/** How many keys that still work stand under which pepper. Without its pepper a key is refused, as one that has ended is. */
export async function countByPepper(tx: WorkspaceTx, now: Date): Promise<readonly { keyId: string; rows: number }[]> {
  return tx.db
    .selectFrom('tenant.api_keys')
    .select(['pepper_version as keyId', sql<number>`count(*)::integer`.as('rows')])
    .where('revoked_at', 'is', null)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
    .groupBy('pepper_version')
    .execute()
}
