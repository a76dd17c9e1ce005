import {
  type credentialOpeningSchema,
  type credentialSchema,
  type credentialVersionSchema,
  encodeId,
  type Uuid,
} from '@hyponema/contract'
import type { z } from 'zod'
import type { CredentialRow, OpeningRow, VersionRow } from './store.ts'

export function renderCredential(row: CredentialRow): z.infer<typeof credentialSchema> {
  return {
    id: encodeId('credential', row.id),
    kind: row.kind,
    provider: row.provider,
    label: row.label,
    state: stateOf(row),
    hint: row.hint,
    version: row.version,
    base_url: row.baseUrl,
    failing_since: row.failingSince?.toISOString() ?? null,
    created_at: row.createdAt.toISOString(),
    created_by: row.createdBy,
    revoked_at: row.revokedAt?.toISOString() ?? null,
  }
}

function stateOf({ revokedAt, currentRevokedAt }: CredentialRow): z.infer<typeof credentialSchema>['state'] {
  if (revokedAt !== null) return 'revoked'
  return currentRevokedAt === null ? 'active' : 'unusable'
}

export function renderVersion(
  row: VersionRow,
  credential: { readonly id: Uuid; readonly version: number; readonly nowMs: number },
): z.infer<typeof credentialVersionSchema> {
  // The worker may be a second behind; what is over is over.
  const isOver = row.revokeAfter !== null && row.revokeAfter.getTime() <= credential.nowMs
  const live = row.version === credential.version ? 'current' : 'in_grace'
  return {
    credential_id: encodeId('credential', credential.id),
    version: row.version,
    state: row.revokedAt !== null || isOver ? 'revoked' : live,
    hint: row.hint,
    created_at: row.createdAt.toISOString(),
    created_by: row.createdBy,
    revoke_after: row.revokeAfter?.toISOString() ?? null,
    revoked_at: row.revokedAt?.toISOString() ?? null,
    revoked_by: row.revokedBy,
  }
}

export function renderOpening(row: OpeningRow): z.infer<typeof credentialOpeningSchema> {
  return {
    session_id: row.sessionId === null ? null : encodeId('session', row.sessionId),
    version: row.version,
    purpose: row.purpose,
    openings: row.openings,
    first_opened_at: row.firstOpenedAt.toISOString(),
    last_opened_at: row.lastOpenedAt.toISOString(),
  }
}
