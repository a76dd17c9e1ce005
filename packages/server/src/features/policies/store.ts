import { type PolicyDocument, policyDocumentSchema, type Uuid } from '@hyponema/contract'
import type { PolicyLayer } from '@hyponema/policy'
import { sql } from 'kysely'
import { LRUCache } from 'lru-cache'
import type { Cursor } from '../../kernel/cursor.ts'
import { versionId } from '../../kernel/version-id.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { readLayers } from './read-layers.ts'

export type PolicyRow = {
  readonly id: Uuid
  readonly name: string
  readonly draft: PolicyDocument
  readonly draftRevision: number
  readonly publishedVersion: number | null
  readonly shadowVersion: number | null
  readonly shadowShare: number
  /** Empty: every agent. */
  readonly agents: readonly Uuid[]
  readonly createdAt: Date
  readonly updatedAt: Date
}

export type PolicyVersionRow = {
  /** See `versionId`. */
  readonly id: Uuid
  readonly policyId: Uuid
  readonly version: number
  readonly document: PolicyDocument
  readonly sha256: Buffer
  readonly note: string | null
  readonly publishedAt: Date
  readonly publishedBy: string
}

const policyColumns = [
  'id',
  'name',
  'draft',
  'draft_revision as draftRevision',
  'published_version as publishedVersion',
  'shadow_version as shadowVersion',
  'shadow_share as shadowShare',
  'agents',
  'created_at as createdAt',
  'updated_at as updatedAt',
] as const

const versionColumns = [
  'policy_id as policyId',
  'version',
  'document',
  'sha256',
  'note',
  'published_at as publishedAt',
  'published_by as publishedBy',
] as const

/** Documents were checked when they were written; reading them through the schema again fills in fields added since. */
function readPolicy<Row extends { draft: unknown }>(row: Row) {
  return { ...row, draft: policyDocumentSchema.parse(row.draft) }
}

function readVersion<Row extends { document: unknown; version: number }>(row: Row) {
  return { ...row, id: versionId(row.version), document: policyDocumentSchema.parse(row.document) }
}

/** False when another one has the name. */
export async function insertPolicy(
  tx: WorkspaceTx,
  policy: { id: Uuid; name: string; draft: PolicyDocument; agents: readonly Uuid[] },
): Promise<boolean> {
  const made = await tx.db
    .insertInto('tenant.policies')
    .values({
      workspace_id: tx.workspaceId,
      id: policy.id,
      name: policy.name,
      draft: JSON.stringify(policy.draft),
      agents: [...policy.agents],
    })
    .onConflict((conflict) => conflict.columns(['workspace_id', 'name']).where('removed_at', 'is', null).doNothing())
    .returning('id')
    .executeTakeFirst()
  return made !== undefined
}

export async function countPolicies(tx: WorkspaceTx): Promise<number> {
  const row = await tx.db
    .selectFrom('tenant.policies')
    .select((columns) => columns.fn.countAll<string>().as('count'))
    .where('removed_at', 'is', null)
    .executeTakeFirst()
  return Number(row?.count ?? 0)
}

export async function findPolicy(tx: WorkspaceTx, id: Uuid): Promise<PolicyRow | undefined> {
  const row = await tx.db
    .selectFrom('tenant.policies')
    .select(policyColumns)
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .executeTakeFirst()
  return row === undefined ? undefined : readPolicy(row)
}

/** The policy with its row locked, so that two publishers take their turn. */
export async function lockPolicy(tx: WorkspaceTx, id: Uuid): Promise<PolicyRow | undefined> {
  const row = await tx.db
    .selectFrom('tenant.policies')
    .select(policyColumns)
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .forUpdate()
    .executeTakeFirst()
  return row === undefined ? undefined : readPolicy(row)
}

export async function listPolicies(tx: WorkspaceTx, page: { cursor: Cursor; limit: number }): Promise<PolicyRow[]> {
  let query = tx.db
    .selectFrom('tenant.policies')
    .select(policyColumns)
    .where('removed_at', 'is', null)
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
  if (page.cursor !== undefined) query = query.where('id', '<', page.cursor)
  return (await query.execute()).map(readPolicy)
}

export async function updatePolicyDraft(
  tx: WorkspaceTx,
  change: { id: Uuid; draft: PolicyDocument; agents: readonly Uuid[]; draftRevision: number; now: Date },
): Promise<void> {
  await tx.db
    .updateTable('tenant.policies')
    .set({
      draft: JSON.stringify(change.draft),
      agents: [...change.agents],
      draft_revision: change.draftRevision,
      updated_at: change.now,
    })
    .where('id', '=', change.id)
    .execute()
}

/** Null: the policy is out of force. */
export async function setPublishedPolicy(
  tx: WorkspaceTx,
  change: { id: Uuid; version: number | null; now: Date },
): Promise<void> {
  await tx.db
    .updateTable('tenant.policies')
    .set({ published_version: change.version, updated_at: change.now })
    .where('id', '=', change.id)
    .execute()
}

export async function setShadow(
  tx: WorkspaceTx,
  change: { id: Uuid; version: number | null; share: number; now: Date },
): Promise<void> {
  await tx.db
    .updateTable('tenant.policies')
    .set({ shadow_version: change.version, shadow_share: change.share, updated_at: change.now })
    .where('id', '=', change.id)
    .execute()
}

/** Only of a policy that is in force nowhere. Its versions stay: decisions name them. */
export async function removePolicy(tx: WorkspaceTx, change: { id: Uuid; now: Date }): Promise<void> {
  await tx.db
    .updateTable('tenant.policies')
    .set({ removed_at: change.now, updated_at: change.now })
    .where('id', '=', change.id)
    .execute()
}

export async function insertPolicyVersion(
  tx: WorkspaceTx,
  version: {
    policyId: Uuid
    version: number
    document: PolicyDocument
    sha256: Buffer
    note: string | null
    publishedBy: string
  },
): Promise<void> {
  await tx.db
    .insertInto('tenant.policy_versions')
    .values({
      workspace_id: tx.workspaceId,
      policy_id: version.policyId,
      version: version.version,
      document: JSON.stringify(version.document),
      sha256: version.sha256,
      note: version.note,
      published_by: version.publishedBy,
    })
    .execute()
}

export async function findPolicyVersion(
  tx: WorkspaceTx,
  policyId: Uuid,
  version: number,
): Promise<PolicyVersionRow | undefined> {
  const row = await tx.db
    .selectFrom('tenant.policy_versions')
    .select(versionColumns)
    .where('policy_id', '=', policyId)
    .where('version', '=', version)
    .executeTakeFirst()
  return row === undefined ? undefined : readVersion(row)
}

/** Newest first. `before` is the number of the last version of the page before. */
export async function listPolicyVersions(
  tx: WorkspaceTx,
  page: { policyId: Uuid; before: number | undefined; limit: number },
): Promise<PolicyVersionRow[]> {
  let query = tx.db
    .selectFrom('tenant.policy_versions')
    .select(versionColumns)
    .where('policy_id', '=', page.policyId)
    .orderBy('version', 'desc')
    .limit(page.limit + 1)
  if (page.before !== undefined) query = query.where('version', '<', page.before)
  return (await query.execute()).map(readVersion)
}

export async function lastPolicyVersion(tx: WorkspaceTx, policyId: Uuid): Promise<number> {
  const row = await tx.db
    .selectFrom('tenant.policy_versions')
    .select((columns) => columns.fn.max('version').as('last'))
    .where('policy_id', '=', policyId)
    .executeTakeFirst()
  return row?.last ?? 0
}

export type AppliedPolicy = {
  readonly id: Uuid
  readonly name: string
  readonly version: number
  readonly share: number
  readonly agents: readonly Uuid[]
  readonly document: PolicyDocument
}

/**
 * Of every policy the version that is in force, or the one that decides in the shadow; by name. All of them, because a rule that is
 * left out does not hold: how many there may be is asked when one is made. A version never changes, so that its document is read once.
 */
export async function listApplied(tx: WorkspaceTx, which: 'published' | 'shadow'): Promise<readonly AppliedPolicy[]> {
  const column = which === 'published' ? 'policy.published_version' : 'policy.shadow_version'
  const rows = await tx.db
    .selectFrom('tenant.policies as policy')
    .innerJoin('tenant.policy_versions as held', (join) =>
      join.onRef('held.policy_id', '=', 'policy.id').onRef('held.version', '=', column),
    )
    .select(['policy.id', 'policy.name', 'policy.agents', 'policy.shadow_share as share', 'held.version'])
    .select('held.sha256')
    .where('policy.removed_at', 'is', null)
    .orderBy('policy.name')
    .execute()
  const unread = rows.filter((row) => readDocuments.get(versionName(tx, row)) === undefined)
  const read = new Map((await readVersions(tx, unread)).map((row) => [versionName(tx, row), row.document]))
  return rows.map(({ sha256, ...row }) => {
    const name = versionName(tx, { ...row, sha256 })
    const document = readDocuments.get(name) ?? policyDocumentSchema.parse(read.get(name))
    readDocuments.set(name, document)
    return { ...row, document }
  })
}

/** The largest document is some hundred kilobytes when it was read. */
const readDocuments = new LRUCache<string, PolicyDocument>({ max: 200 })

type VersionKey = { readonly id: Uuid; readonly version: number; readonly sha256: Buffer }

/** Never by the digest alone: a row of one workspace must not say what holds in another. */
function versionName({ workspaceId }: WorkspaceTx, { id, version, sha256 }: VersionKey): string {
  return `${workspaceId} ${id} ${version} ${sha256.toString('hex')}`
}

async function readVersions(
  tx: WorkspaceTx,
  versions: readonly VersionKey[],
): Promise<readonly (VersionKey & { readonly document: unknown })[]> {
  if (versions.length === 0) return []
  return tx.db
    .selectFrom('tenant.policy_versions')
    .select(['policy_id as id', 'version', 'sha256', 'document'])
    .where((match) => match.or(versions.map(({ id, version }) => match.and({ policy_id: id, version }))))
    .execute()
}

/** The floors of the installation and their version; undefined where none were ever set, `document` undefined where none hold. */
export async function findFloors(
  tx: WorkspaceTx,
): Promise<{ readonly version: number; readonly document: PolicyDocument | undefined } | undefined> {
  const { rows } = await sql<{ version: number; document: unknown }>`
    select version, document from app.floors order by version desc limit 1`.execute(tx.db)
  const row = rows[0]
  if (row === undefined) return undefined
  return {
    version: row.version,
    document: row.document === null ? undefined : policyDocumentSchema.parse(row.document),
  }
}

/** Undefined outside the scope of the installation: nothing was written. Wakes every session by a signal. */
export async function insertFloors(tx: WorkspaceTx, document: PolicyDocument | undefined): Promise<number | undefined> {
  const text = document === undefined ? null : JSON.stringify(document)
  const { rows } = await sql<{ version: number | null }>`
    select app.set_floors(${text}::jsonb) as version`.execute(tx.db)
  return rows[0]?.version ?? undefined
}

export async function insertPolicyText(
  tx: WorkspaceTx,
  text: { readonly sha256: Buffer; readonly layers: readonly PolicyLayer[] },
): Promise<void> {
  await tx.db
    .insertInto('tenant.policy_texts')
    .values({ workspace_id: tx.workspaceId, sha256: text.sha256, layers: JSON.stringify(text.layers) })
    .onConflict((conflict) => conflict.columns(['workspace_id', 'sha256']).doNothing())
    .execute()
}

/** Undefined of a digest from before texts were kept. */
export async function findPolicyText(tx: WorkspaceTx, sha256: Buffer): Promise<readonly PolicyLayer[] | undefined> {
  const row = await tx.db
    .selectFrom('tenant.policy_texts')
    .select('layers')
    .where('sha256', '=', sha256)
    .executeTakeFirst()
  return row === undefined ? undefined : readLayers(row.layers)
}

/** Whether a wake-up says that floors have changed, here or in the whole installation. */
export async function isFloorSignal(tx: WorkspaceTx, signalId: Uuid): Promise<boolean> {
  const row = await tx.db
    .selectFrom('tenant.signals')
    .select('id')
    .where('id', '=', signalId)
    .where('kind', '=', 'policy_floor')
    .executeTakeFirst()
  return row !== undefined
}

export async function hasPolicyText(tx: WorkspaceTx, sha256: Buffer): Promise<boolean> {
  const row = await tx.db
    .selectFrom('tenant.policy_texts')
    .select('sha256')
    .where('sha256', '=', sha256)
    .executeTakeFirst()
  return row !== undefined
}
