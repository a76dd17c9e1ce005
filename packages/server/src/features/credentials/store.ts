import type { CredentialKind, Uuid } from '@hyponema/contract'
import type { Cursor } from '../../kernel/cursor.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'

export type CredentialRow = {
  readonly id: Uuid
  readonly kind: CredentialKind
  readonly provider: string
  readonly label: string
  readonly hint: string
  readonly version: number
  readonly createdAt: Date
  readonly createdBy: string
}

/** A version as it lies in the database: the payload sealed under its data key, and that key wrapped. */
export type SealedCredentialVersion = {
  readonly credentialId: Uuid
  readonly kind: CredentialKind
  readonly version: number
  readonly sealed: Buffer
  readonly wrappedKey: Buffer
  readonly kekId: string
}

const columns = [
  'id',
  'kind',
  'provider',
  'label',
  'hint',
  'current_version as version',
  'created_at as createdAt',
  'created_by as createdBy',
] as const

export async function insertCredential(
  tx: WorkspaceTx,
  credential: Pick<CredentialRow, 'id' | 'kind' | 'provider' | 'label' | 'hint' | 'createdBy'>,
  sealed: Pick<SealedCredentialVersion, 'version' | 'sealed' | 'wrappedKey' | 'kekId'>,
): Promise<void> {
  await tx.db
    .insertInto('tenant.credentials')
    .values({
      workspace_id: tx.workspaceId,
      id: credential.id,
      kind: credential.kind,
      provider: credential.provider,
      label: credential.label,
      hint: credential.hint,
      created_by: credential.createdBy,
      current_version: sealed.version,
    })
    .execute()
  await tx.db
    .insertInto('tenant.credential_versions')
    .values({
      workspace_id: tx.workspaceId,
      credential_id: credential.id,
      version: sealed.version,
      sealed: sealed.sealed,
      wrapped_key: sealed.wrappedKey,
      kek_id: sealed.kekId,
    })
    .execute()
}

export async function findCredential(tx: WorkspaceTx, id: Uuid): Promise<CredentialRow | undefined> {
  return tx.db
    .selectFrom('tenant.credentials')
    .select(columns)
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
}

export async function listCredentials(
  tx: WorkspaceTx,
  page: { cursor: Cursor; limit: number },
): Promise<CredentialRow[]> {
  let query = tx.db
    .selectFrom('tenant.credentials')
    .select(columns)
    .where('revoked_at', 'is', null)
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
  if (page.cursor !== undefined) query = query.where('id', '<', page.cursor)
  return query.execute()
}

/** Removes the credential and every sealed version of it. */
export async function deleteCredentialRow(tx: WorkspaceTx, id: Uuid): Promise<boolean> {
  const deleted = await tx.db.deleteFrom('tenant.credentials').where('id', '=', id).executeTakeFirst()
  return deleted.numDeletedRows > 0n
}

export async function findSealedVersion(tx: WorkspaceTx, id: Uuid): Promise<SealedCredentialVersion | undefined> {
  return tx.db
    .selectFrom('tenant.credentials')
    .innerJoin('tenant.credential_versions', (join) =>
      join
        .onRef('tenant.credential_versions.workspace_id', '=', 'tenant.credentials.workspace_id')
        .onRef('tenant.credential_versions.credential_id', '=', 'tenant.credentials.id')
        .onRef('tenant.credential_versions.version', '=', 'tenant.credentials.current_version'),
    )
    .select([
      'tenant.credentials.id as credentialId',
      'tenant.credentials.kind as kind',
      'tenant.credential_versions.version as version',
      'tenant.credential_versions.sealed as sealed',
      'tenant.credential_versions.wrapped_key as wrappedKey',
      'tenant.credential_versions.kek_id as kekId',
    ])
    .where('tenant.credentials.id', '=', id)
    .where('tenant.credentials.revoked_at', 'is', null)
    .executeTakeFirst()
}
