import type { CredentialKind, OpeningPurpose, Uuid } from '@hyponema/contract'
import { sql } from 'kysely'
import { AppError } from '../../kernel/app-error.ts'
import type { Cursor } from '../../kernel/cursor.ts'
import { versionId } from '../../kernel/version-id.ts'
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

/** What a new session loads, with what it has to know about it. */
export type CurrentVersion = SealedCredentialVersion & Pick<CredentialRow, 'provider' | 'baseUrl' | 'failingSince'>

export type VersionRow = {
  /** See `versionId`. */
  readonly id: Uuid
  readonly version: number
  readonly hint: string
  readonly createdAt: Date
  readonly createdBy: string
  readonly revokeAfter: Date | null
  readonly revokedAt: Date | null
  readonly revokedBy: string | null
}

/** How often one version was opened for one purpose: by a session, or by a test. */
export type OpeningRow = {
  readonly id: Uuid
  readonly sessionId: Uuid | null
  readonly version: number
  readonly purpose: OpeningPurpose
  readonly openings: number
  readonly firstOpenedAt: Date
  readonly lastOpenedAt: Date
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

function withVersions(tx: WorkspaceTx) {
  return tx.db
    .selectFrom('tenant.credentials as c')
    .innerJoin('tenant.credential_versions as v', (join) =>
      join.onRef('v.workspace_id', '=', 'c.workspace_id').onRef('v.credential_id', '=', 'c.id'),
    )
}

function withCurrent(tx: WorkspaceTx) {
  return withVersions(tx).whereRef('v.version', '=', 'c.current_version')
}

function liveIn(query: ReturnType<typeof withVersions>, ids: readonly Uuid[]) {
  return query
    .where((is) => is('c.id', '=', is.fn.any(is.val([...ids]))))
    .where('c.revoked_at', 'is', null)
    .where('v.revoked_at', 'is', null)
}

export async function insertCredential(
  tx: WorkspaceTx,
  credential: Pick<CredentialRow, 'id' | 'kind' | 'provider' | 'label' | 'hint' | 'baseUrl' | 'createdBy'>,
  sealed: SealedCredential,
): Promise<void> {
  const { id, kind, provider, label, hint, baseUrl: base_url, createdBy: created_by } = credential
  await tx.db
    .insertInto('tenant.credentials')
    .values({ workspace_id: tx.workspaceId, id, kind, provider, label, hint, base_url, created_by, current_version: 1 })
    .execute()
  await insertVersion(tx, { credentialId: id, version: 1, hint, createdBy: created_by, ...sealed })
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

/**
 * Locks the row, so that rotations, revocations and deletions of one credential follow each other. Who counts an opening does
 * not wait for it: a rotation may ask a key service meanwhile.
 */
export async function lockCredential(tx: WorkspaceTx, id: Uuid): Promise<CredentialRow | undefined> {
  const query = tx.db.selectFrom('tenant.credentials').select('id').where('id', '=', id).forNoKeyUpdate()
  return (await query.executeTakeFirst()) === undefined ? undefined : findCredential(tx, id)
}

export async function findCredential(tx: WorkspaceTx, id: Uuid): Promise<CredentialRow | undefined> {
  return withCurrent(tx).select(columns).where('c.id', '=', id).executeTakeFirst()
}

/** One that can be used: not revoked, and neither is its current version. */
export async function findLiveCredential(tx: WorkspaceTx, id: Uuid): Promise<CredentialRow | undefined> {
  const row = await findCredential(tx, id)
  return row?.revokedAt === null && row.currentRevokedAt === null ? row : undefined
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
export async function deleteCredentialRow(tx: WorkspaceTx, id: Uuid): Promise<void> {
  await tx.dispatchDone('credential_version', id)
  await tx.db.deleteFrom('tenant.credentials').where('id', '=', id).execute()
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
  const rows = await (options.before === undefined ? query : query.where('version', '<', options.before)).execute()
  return rows.map((row) => ({ ...row, id: versionId(row.version) }))
}

/** What a new session loads: the current version of each, and no other. What is revoked or gone is left out. */
export async function findSealedVersions(
  tx: WorkspaceTx,
  ids: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, CurrentVersion>> {
  if (ids.length === 0) return new Map()
  const rows = await liveIn(withCurrent(tx), ids)
    .select([...sealedColumns, 'c.provider', 'c.base_url as baseUrl', 'c.failing_since as failingSince'])
    .execute()
  return new Map(
    rows.map((row) => {
      const { provider, baseUrl, failingSince } = row
      return [row.credentialId, { ...withBytes(row), provider, baseUrl, failingSince }]
    }),
  )
}

/** Newest first: the current one and those in their grace. */
export async function listLiveVersions(
  tx: WorkspaceTx,
  credentialId: Uuid,
): Promise<readonly SealedCredentialVersion[]> {
  const rows = await liveIn(withVersions(tx), [credentialId])
    .select(sealedColumns)
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

/** Takes the bytes of every version whose grace is over. Returns their numbers. */
export async function revokeEndedVersions(
  tx: WorkspaceTx,
  { credentialId, now }: { credentialId: Uuid; now: Date },
): Promise<readonly number[]> {
  const revoked = await tx.db
    .updateTable('tenant.credential_versions')
    .set({ ...withoutBytes, revoked_at: now })
    .where('credential_id', '=', credentialId)
    .where('revoked_at', 'is', null)
    .where('revoke_after', '<=', now)
    .returning('version')
    .execute()
  return revoked.map(({ version }) => version).toSorted(byNumber)
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
  return rows.map((row) => row.version).toSorted(byNumber)
}

const byNumber = (one: number, other: number): number => one - other

export async function setRevoked(tx: WorkspaceTx, options: { id: Uuid; now: Date }): Promise<void> {
  await tx.db
    .updateTable('tenant.credentials')
    .set({ revoked_at: options.now, failing_since: null, failing_told_at: null })
    .where('id', '=', options.id)
    .execute()
}

/** When one of the versions that wait for their end is next over. */
export async function findNextEnd(tx: WorkspaceTx, credentialId: Uuid): Promise<Date | undefined> {
  const next = await tx.db
    .selectFrom('tenant.credential_versions')
    .select((column) => column.fn.min('revoke_after').as('end'))
    .where('credential_id', '=', credentialId)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  return next?.end ?? undefined
}

/**
 * Notes that its provider refused the version, if that is the current one. Returns what there is to tell, if anything: the
 * first time, and again when it was last told before `tellAgainBefore`.
 */
export async function setFailing(
  tx: WorkspaceTx,
  refused: { id: Uuid; version: number; now: Date; tellAgainBefore: Date },
): Promise<{ readonly kind: CredentialKind; readonly since: Date } | undefined> {
  const row = await tx.db
    .updateTable('tenant.credentials')
    .set({ failing_since: sql<Date>`coalesce(failing_since, ${refused.now})`, failing_told_at: refused.now })
    .where('id', '=', refused.id)
    .where('current_version', '=', refused.version)
    .where('revoked_at', 'is', null)
    .where((is) => is.or([is('failing_told_at', 'is', null), is('failing_told_at', '<', refused.tellAgainBefore)]))
    .returning(['kind', 'failing_since as since'])
    .executeTakeFirst()
  return row === undefined ? undefined : { kind: row.kind, since: row.since ?? refused.now }
}

/** Its provider took it; of a version that is not current that says nothing. */
export async function setWorking(tx: WorkspaceTx, id: Uuid, version?: number): Promise<void> {
  const query = tx.db
    .updateTable('tenant.credentials')
    .set({ failing_since: null, failing_told_at: null })
    .where('id', '=', id)
    .where('failing_since', 'is not', null)
  await (version === undefined ? query : query.where('current_version', '=', version)).execute()
}

export type NewOpening = OpeningRow & { readonly credentialId: Uuid }

/**
 * Adds to what was counted. Returns the ids of those that are the first of their session, version and purpose. What belongs to
 * a credential that was deleted meanwhile is left out: its row would have gone with it.
 */
export async function addOpenings(tx: WorkspaceTx, openings: readonly NewOpening[]): Promise<readonly Uuid[]> {
  const first: Uuid[] = []
  for (const one of openings) {
    const { rows } = await sql<{ id: Uuid }>`
      insert into tenant.credential_openings as o
        (workspace_id, id, credential_id, version, session_id, purpose, openings, first_opened_at, last_opened_at)
      select c.workspace_id, ${one.id}::uuid, c.id, ${one.version}::integer, ${one.sessionId}::uuid, ${one.purpose},
        ${one.openings}::integer, ${one.firstOpenedAt}::timestamptz, ${one.lastOpenedAt}::timestamptz
      from tenant.credentials c where c.id = ${one.credentialId} for key share of c
      on conflict (workspace_id, session_id, credential_id, version, purpose) do update
        set openings = o.openings + excluded.openings, last_opened_at = greatest(o.last_opened_at, excluded.last_opened_at)
      returning id`.execute(tx.db)
    if (rows[0]?.id === one.id) first.push(one.id)
  }
  return first
}

/** The versions of these credentials that running sessions may keep: nobody revoked them. An ended grace takes nothing away. */
export async function listKeptVersions(tx: WorkspaceTx, credentialIds: readonly Uuid[]) {
  return tx.db
    .selectFrom('tenant.credential_versions')
    .select(['credential_id as credentialId', 'version'])
    .where((is) => is('credential_id', '=', is.fn.any(is.val([...credentialIds]))))
    .where('revoked_by', 'is', null)
    .execute()
}

/** The credential that a wake-up is about, or undefined where it is about something else. */
export async function findRevocationSignal(tx: WorkspaceTx, signalId: Uuid): Promise<Uuid | undefined> {
  const query = tx.db.selectFrom('tenant.signals').select('ref').where('kind', '=', 'credential.revoked')
  return (await query.where('id', '=', signalId).executeTakeFirst())?.ref
}
