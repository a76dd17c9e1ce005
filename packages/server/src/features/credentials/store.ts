import type { CredentialKind, Uuid } from '@hyponema/contract'
import { sql } from 'kysely'
import { AppError } from '../../kernel/app-error.ts'
import type { Cursor } from '../../kernel/cursor.ts'
import type { SealedCredential } from '../../platform/crypto/credential-sealer.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'

export type CredentialRow = {
  readonly id: Uuid
  readonly kind: CredentialKind
  readonly provider: string
  readonly label: string
  /** Of the current version. */
  readonly hint: string
  readonly version: number
  /** The one origin that the key may be sent to; null where its use decides. */
  readonly baseUrl: string | null
  readonly createdAt: Date
  readonly createdBy: string
  readonly revokedAt: Date | null
  readonly failingSince: Date | null
  /** When the current version was revoked, on its own or with the credential. */
  readonly currentRevokedAt: Date | null
}

/** A version as it lies in the database: the payload sealed under its data key, and that key wrapped. */
export type SealedCredentialVersion = SealedCredential & {
  readonly credentialId: Uuid
  readonly kind: CredentialKind
  readonly version: number
}

export type VersionRow = {
  readonly version: number
  readonly hint: string
  readonly createdAt: Date
  readonly createdBy: string
  readonly revokeAfter: Date | null
  readonly revokedAt: Date | null
  readonly revokedBy: string | null
}

const columns = [
  'c.id',
  'c.kind',
  'c.provider',
  'c.label',
  'v.hint',
  'c.current_version as version',
  'c.base_url as baseUrl',
  'c.created_at as createdAt',
  'c.created_by as createdBy',
  'c.revoked_at as revokedAt',
  'c.failing_since as failingSince',
  'v.revoked_at as currentRevokedAt',
] as const

function withCurrent(tx: WorkspaceTx) {
  return tx.db
    .selectFrom('tenant.credentials as c')
    .innerJoin('tenant.credential_versions as v', (join) =>
      join
        .onRef('v.workspace_id', '=', 'c.workspace_id')
        .onRef('v.credential_id', '=', 'c.id')
        .onRef('v.version', '=', 'c.current_version'),
    )
}

export async function insertCredential(
  tx: WorkspaceTx,
  credential: Pick<CredentialRow, 'id' | 'kind' | 'provider' | 'label' | 'hint' | 'baseUrl' | 'createdBy'>,
  sealed: SealedCredential,
): Promise<void> {
  const { id, kind, provider, label, hint, createdBy } = credential
  await tx.db
    .insertInto('tenant.credentials')
    .values({
      workspace_id: tx.workspaceId,
      id,
      kind,
      provider,
      label,
      hint,
      base_url: credential.baseUrl,
      created_by: createdBy,
      current_version: 1,
    })
    .execute()
  await insertVersion(tx, { credentialId: id, version: 1, hint, createdBy, ...sealed })
}

async function insertVersion(
  tx: WorkspaceTx,
  version: SealedCredential & { credentialId: Uuid; version: number; hint: string; createdBy: string },
): Promise<void> {
  await tx.db
    .insertInto('tenant.credential_versions')
    .values({
      workspace_id: tx.workspaceId,
      credential_id: version.credentialId,
      version: version.version,
      sealed: version.sealed,
      wrapped_key: version.wrappedKey,
      kek_id: version.kekId,
      hint: version.hint,
      created_by: version.createdBy,
    })
    .execute()
}

/** Makes a version the current one. Every other live one ends at `revokeOthersAfter` or before. */
export async function insertNextVersion(
  tx: WorkspaceTx,
  version: SealedCredential & {
    credentialId: Uuid
    version: number
    hint: string
    createdBy: string
    revokeOthersAfter: Date
  },
): Promise<void> {
  await tx.db
    .updateTable('tenant.credential_versions')
    .set({ revoke_after: sql<Date>`least(coalesce(revoke_after, 'infinity'), ${version.revokeOthersAfter})` })
    .where('credential_id', '=', version.credentialId)
    .where('revoked_at', 'is', null)
    .execute()
  await insertVersion(tx, version)
  await tx.db
    .updateTable('tenant.credentials')
    .set({ current_version: version.version, hint: version.hint })
    .where('id', '=', version.credentialId)
    .execute()
}

/** Locks the row, so that rotations, revocations and deletions of one credential follow each other. */
export async function lockCredential(tx: WorkspaceTx, id: Uuid): Promise<CredentialRow | undefined> {
  const locked = await tx.db
    .selectFrom('tenant.credentials')
    .select('id')
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
  return locked === undefined ? undefined : findCredential(tx, id)
}

export async function findCredential(tx: WorkspaceTx, id: Uuid): Promise<CredentialRow | undefined> {
  return withCurrent(tx).select(columns).where('c.id', '=', id).executeTakeFirst()
}

/** One that can be used: not revoked, and neither is its current version. */
export async function findLiveCredential(tx: WorkspaceTx, id: Uuid): Promise<CredentialRow | undefined> {
  return withCurrent(tx)
    .select(columns)
    .where('c.id', '=', id)
    .where('c.revoked_at', 'is', null)
    .where('v.revoked_at', 'is', null)
    .executeTakeFirst()
}

/** Newest first. */
export async function listCredentials(
  tx: WorkspaceTx,
  page: { cursor: Cursor; limit: number },
): Promise<CredentialRow[]> {
  const query = withCurrent(tx)
    .select(columns)
    .orderBy('c.id', 'desc')
    .limit(page.limit + 1)
  return (page.cursor === undefined ? query : query.where('c.id', '<', page.cursor)).execute()
}

/** Removes the credential and every sealed version of it. */
export async function deleteCredentialRow(tx: WorkspaceTx, id: Uuid): Promise<boolean> {
  await tx.dispatchDone('credential_version', id)
  const deleted = await tx.db.deleteFrom('tenant.credentials').where('id', '=', id).executeTakeFirst()
  return deleted.numDeletedRows > 0n
}

/** Newest first. */
export async function listVersions(
  tx: WorkspaceTx,
  options: { credentialId: Uuid; before: number | undefined; limit: number },
): Promise<VersionRow[]> {
  const query = tx.db
    .selectFrom('tenant.credential_versions')
    .select([
      'version',
      'hint',
      'created_at as createdAt',
      'created_by as createdBy',
      'revoke_after as revokeAfter',
      'revoked_at as revokedAt',
      'revoked_by as revokedBy',
    ])
    .where('credential_id', '=', options.credentialId)
    .orderBy('version', 'desc')
    .limit(options.limit + 1)
  return (options.before === undefined ? query : query.where('version', '<', options.before)).execute()
}

/** What a new session loads: the current version, and no other. */
export async function findSealedVersion(tx: WorkspaceTx, id: Uuid): Promise<SealedCredentialVersion | undefined> {
  const row = await withCurrent(tx)
    .select(sealedColumns)
    .where('c.id', '=', id)
    .where('c.revoked_at', 'is', null)
    .where('v.revoked_at', 'is', null)
    .executeTakeFirst()
  return row === undefined ? undefined : withBytes(row)
}

/** Newest first: the current one and those in their grace. */
export async function listLiveVersions(
  tx: WorkspaceTx,
  credentialId: Uuid,
): Promise<readonly SealedCredentialVersion[]> {
  const rows = await tx.db
    .selectFrom('tenant.credentials as c')
    .innerJoin('tenant.credential_versions as v', (join) =>
      join.onRef('v.workspace_id', '=', 'c.workspace_id').onRef('v.credential_id', '=', 'c.id'),
    )
    .select(sealedColumns)
    .where('c.id', '=', credentialId)
    .where('c.revoked_at', 'is', null)
    .where('v.revoked_at', 'is', null)
    .where((is) => is.or([is('v.revoke_after', 'is', null), is('v.revoke_after', '>', sql<Date>`clock_timestamp()`)]))
    .orderBy('v.version', 'desc')
    .execute()
  return rows.map(withBytes)
}

const sealedColumns = ['c.id as credentialId', 'c.kind', 'v.version', 'v.sealed', 'v.wrapped_key', 'v.kek_id'] as const

function withBytes(row: {
  readonly credentialId: Uuid
  readonly kind: CredentialKind
  readonly version: number
  readonly sealed: Buffer | null
  readonly wrapped_key: Buffer | null
  readonly kek_id: string | null
}): SealedCredentialVersion {
  const { credentialId, kind, version, sealed, wrapped_key: wrappedKey, kek_id: kekId } = row
  if (sealed === null || wrappedKey === null || kekId === null) {
    throw new AppError('credential.sealed_unreadable', `version ${version} of ${credentialId} has no bytes`)
  }
  return { credentialId, kind, version, sealed, wrappedKey, kekId }
}

const withoutBytes = { sealed: null, wrapped_key: null, kek_id: null } as const

/** Takes the bytes of every version whose grace is over. Returns their numbers and when the next grace ends. */
export async function revokeOverVersions(
  tx: WorkspaceTx,
  credentialId: Uuid,
): Promise<{ readonly revoked: readonly number[]; readonly nextEnd: Date | undefined }> {
  const revoked = await tx.db
    .updateTable('tenant.credential_versions')
    .set({ ...withoutBytes, revoked_at: sql<Date>`clock_timestamp()` })
    .where('credential_id', '=', credentialId)
    .where('revoked_at', 'is', null)
    .where('revoke_after', '<=', sql<Date>`clock_timestamp()`)
    .returning('version')
    .execute()
  const next = await tx.db
    .selectFrom('tenant.credential_versions')
    .select((column) => column.fn.min('revoke_after').as('end'))
    .where('credential_id', '=', credentialId)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  return { revoked: revoked.map(({ version }) => version), nextEnd: next?.end ?? undefined }
}

/**
 * Revokes one version or all of them by somebody's will, those included whose grace is over: sessions may still hold them.
 * Returns the numbers of those for which that was new.
 */
export async function revokeVersions(
  tx: WorkspaceTx,
  options: { credentialId: Uuid; version?: number; by: string; now: Date },
): Promise<readonly number[]> {
  const query = tx.db
    .updateTable('tenant.credential_versions')
    .set({
      ...withoutBytes,
      revoked_at: sql<Date>`coalesce(revoked_at, ${options.now})`,
      revoked_by: options.by,
    })
    .where('credential_id', '=', options.credentialId)
    .where('revoked_by', 'is', null)
    .returning('version')
  const { version } = options
  const rows = await (version === undefined ? query : query.where('version', '=', version)).execute()
  return rows.map((row) => row.version).toSorted((a, b) => a - b)
}

export async function setRevoked(tx: WorkspaceTx, options: { id: Uuid; now: Date }): Promise<void> {
  await tx.db
    .updateTable('tenant.credentials')
    .set({ revoked_at: options.now, failing_since: null, failing_told_at: null })
    .where('id', '=', options.id)
    .execute()
}
