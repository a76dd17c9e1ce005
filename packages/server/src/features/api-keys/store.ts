import type { Uuid } from '@hyponema/contract'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'

export async function insertApiKey(
  tx: WorkspaceTx,
  key: {
    id: Uuid
    label: string
    mode: 'live' | 'test'
    secretMac: Buffer
    pepperVersion: string
    scopes: readonly string[]
    allowedAddresses: readonly string[] | null
    allowedAgents: readonly Uuid[] | null
    hint: string
    createdBy: string
    expiresAt: Date | null
  },
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
      created_by: key.createdBy,
      expires_at: key.expiresAt,
    })
    .execute()
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
