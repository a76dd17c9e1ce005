import { type apiKeySchema, type createdApiKeySchema, encodeId } from '@hyponema/contract'
import type { z } from 'zod'
import type { ApiKeyRow } from './store.ts'

export function renderApiKey(row: ApiKeyRow): z.infer<typeof apiKeySchema> {
  return {
    id: encodeId('apiKey', row.id),
    label: row.label,
    mode: row.mode,
    scopes: [...row.scopes],
    allowed_addresses: row.allowedAddresses === null ? null : [...row.allowedAddresses],
    allowed_agents: row.allowedAgents?.map((agent) => encodeId('agent', agent)) ?? null,
    hint: row.hint,
    rotated_from: row.rotatedFrom === null ? null : encodeId('apiKey', row.rotatedFrom),
    created_by: row.createdBy,
    created_at: row.createdAt.toISOString(),
    expires_at: row.expiresAt?.toISOString() ?? null,
    last_used_at: row.lastUsedAt?.toISOString() ?? null,
    revoked_at: row.revokedAt?.toISOString() ?? null,
    failed_count: row.failedCount,
    last_failed_at: row.lastFailedAt?.toISOString() ?? null,
  }
}

/** A key that was made by this request, or by an earlier one that this one repeats: then its text is known to nobody here. */
export function renderCreatedApiKey(row: ApiKeyRow, text: string | undefined): z.infer<typeof createdApiKeySchema> {
  const shown = text === undefined ? { key: null, secret_already_shown: true } : { key: text }
  return { ...renderApiKey(row), ...shown }
}
