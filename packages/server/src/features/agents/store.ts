import {
  type AgentDocument,
  agentDocumentSchema,
  type PolicyDocument,
  policyDocumentSchema,
  type Uuid,
} from '@hyponema/contract'
import { sql } from 'kysely'
import type { Cursor } from '../../kernel/cursor.ts'
import { versionId } from '../../kernel/version-id.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'

export type AgentRow = {
  readonly id: Uuid
  readonly name: string
  readonly draft: AgentDocument
  readonly draftRevision: number
  readonly publishedVersion: number | null
  readonly createdAt: Date
  readonly updatedAt: Date
}

export type AgentVersionRow = {
  /** See `versionId`. */
  readonly id: Uuid
  readonly agentId: Uuid
  readonly version: number
  readonly document: AgentDocument
  readonly sha256: Buffer
  readonly note: string | null
  readonly publishedAt: Date
  readonly publishedBy: string
}

const agentColumns = [
  'id',
  'name',
  'draft',
  'draft_revision as draftRevision',
  'published_version as publishedVersion',
  'created_at as createdAt',
  'updated_at as updatedAt',
] as const

const versionColumns = [
  'agent_id as agentId',
  'version',
  'document',
  'sha256',
  'note',
  'published_at as publishedAt',
  'published_by as publishedBy',
] as const

/** Documents were checked when they were written; reading them through the schema again fills in fields added since. */
function readAgent<Row extends { draft: unknown }>(row: Row) {
  return { ...row, draft: agentDocumentSchema.parse(row.draft) }
}

function readVersion<Row extends { document: unknown; version: number }>(row: Row) {
  return { ...row, id: versionId(row.version), document: agentDocumentSchema.parse(row.document) }
}

/** The published agents that keep something for a shorter time than their workspace, as their documents say it. */
export async function listAgentRetention(
  tx: WorkspaceTx,
): Promise<readonly { readonly agentId: Uuid; readonly retention: unknown }[]> {
  return tx.db
    .selectFrom('tenant.agents as a')
    .innerJoin('tenant.agent_versions as v', (join) =>
      join
        .onRef('v.workspace_id', '=', 'a.workspace_id')
        .onRef('v.agent_id', '=', 'a.id')
        .onRef('v.version', '=', 'a.published_version'),
    )
    .select(['a.id as agentId', sql`v.document -> 'retention'`.as('retention')])
    .where(sql<boolean>`coalesce(v.document -> 'retention', '{}'::jsonb) <> '{}'::jsonb`)
    .execute()
}

export async function insertAgent(
  tx: WorkspaceTx,
  agent: { id: Uuid; name: string; sensitivity: AgentDocument['sensitivity']; draft: AgentDocument },
): Promise<void> {
  await tx.db
    .insertInto('tenant.agents')
    .values({
      workspace_id: tx.workspaceId,
      id: agent.id,
      name: agent.name,
      sensitivity: agent.sensitivity,
      draft: JSON.stringify(agent.draft),
      draft_revision: 1,
    })
    .execute()
}

export async function findAgent(tx: WorkspaceTx, id: Uuid): Promise<AgentRow | undefined> {
  const row = await tx.db.selectFrom('tenant.agents').select(agentColumns).where('id', '=', id).executeTakeFirst()
  return row === undefined ? undefined : readAgent(row)
}

/** Which of these agents there are. */
export async function findExistingAgents(tx: WorkspaceTx, ids: readonly Uuid[]): Promise<ReadonlySet<Uuid>> {
  const rows = await tx.db
    .selectFrom('tenant.agents')
    .select('id')
    .where((match) => match('id', '=', match.fn.any(match.val([...ids]))))
    .execute()
  return new Set(rows.map(({ id }) => id))
}

/** The agent with its row locked, so that two publishers take their turn. */
export async function lockAgent(tx: WorkspaceTx, id: Uuid): Promise<AgentRow | undefined> {
  const row = await tx.db
    .selectFrom('tenant.agents')
    .select(agentColumns)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
  return row === undefined ? undefined : readAgent(row)
}

export async function listAgents(
  tx: WorkspaceTx,
  page: { cursor: Cursor; limit: number; only: readonly Uuid[] | undefined },
): Promise<AgentRow[]> {
  let query = tx.db
    .selectFrom('tenant.agents')
    .select(agentColumns)
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
  if (page.cursor !== undefined) query = query.where('id', '<', page.cursor)
  if (page.only !== undefined)
    query = query.where((match) => match('id', '=', match.fn.any(match.val([...(page.only ?? [])]))))
  return (await query.execute()).map(readAgent)
}

export async function updateDraft(
  tx: WorkspaceTx,
  change: { id: Uuid; name: string; draft: AgentDocument; draftRevision: number; now: Date },
): Promise<void> {
  await tx.db
    .updateTable('tenant.agents')
    .set({
      name: change.name,
      draft: JSON.stringify(change.draft),
      sensitivity: change.draft.sensitivity,
      draft_revision: change.draftRevision,
      updated_at: change.now,
    })
    .where('id', '=', change.id)
    .execute()
}

export async function setPublishedVersion(
  tx: WorkspaceTx,
  change: { id: Uuid; version: number; now: Date },
): Promise<void> {
  await tx.db
    .updateTable('tenant.agents')
    .set({ published_version: change.version, updated_at: change.now })
    .where('id', '=', change.id)
    .execute()
}

export async function insertVersion(
  tx: WorkspaceTx,
  version: {
    agentId: Uuid
    version: number
    document: AgentDocument
    sha256: Buffer
    note: string | null
    publishedBy: string
  },
): Promise<void> {
  await tx.db
    .insertInto('tenant.agent_versions')
    .values({
      workspace_id: tx.workspaceId,
      agent_id: version.agentId,
      version: version.version,
      document: JSON.stringify(version.document),
      sha256: version.sha256,
      note: version.note,
      published_by: version.publishedBy,
    })
    .execute()
}

export async function findVersion(
  tx: WorkspaceTx,
  agentId: Uuid,
  version: number,
): Promise<AgentVersionRow | undefined> {
  const row = await tx.db
    .selectFrom('tenant.agent_versions')
    .select(versionColumns)
    .where('agent_id', '=', agentId)
    .where('version', '=', version)
    .executeTakeFirst()
  return row === undefined ? undefined : readVersion(row)
}

/** Newest first. `before` is the number of the last version of the page before. */
export async function listVersions(
  tx: WorkspaceTx,
  page: { agentId: Uuid; before: number | undefined; limit: number },
): Promise<AgentVersionRow[]> {
  let query = tx.db
    .selectFrom('tenant.agent_versions')
    .select(versionColumns)
    .where('agent_id', '=', page.agentId)
    .orderBy('version', 'desc')
    .limit(page.limit + 1)
  if (page.before !== undefined) query = query.where('version', '<', page.before)
  return (await query.execute()).map(readVersion)
}

export async function lastVersionNumber(tx: WorkspaceTx, agentId: Uuid): Promise<number> {
  const row = await tx.db
    .selectFrom('tenant.agent_versions')
    .select((columns) => columns.fn.max('version').as('last'))
    .where('agent_id', '=', agentId)
    .executeTakeFirst()
  return row?.last ?? 0
}

/** What each agent is held to by its current version. */
export async function listPublishedPolicies(tx: WorkspaceTx): Promise<
  readonly ({
    readonly id: Uuid
    readonly name: string
    readonly version: number
    readonly policy: PolicyDocument
  } & Pick<AgentDocument, 'sensitivity' | 'waivers'>)[]
> {
  const rows = await tx.db
    .selectFrom('tenant.agents as agent')
    .innerJoin('tenant.agent_versions as held', (join) =>
      join.onRef('held.agent_id', '=', 'agent.id').onRef('held.version', '=', 'agent.published_version'),
    )
    .select([
      'agent.id',
      'agent.name',
      'held.version',
      sql`held.document -> 'policy'`.as('policy'),
      sql`held.document -> 'sensitivity'`.as('sensitivity'),
      sql`held.document -> 'waivers'`.as('waivers'),
    ])
    .orderBy('agent.id')
    .execute()
  return rows.map(({ policy, sensitivity, waivers, ...row }) => ({
    ...row,
    policy: policyDocumentSchema.parse(policy ?? {}),
    sensitivity: agentDocumentSchema.shape.sensitivity.parse(sensitivity ?? undefined),
    waivers: agentDocumentSchema.shape.waivers.parse(waivers ?? undefined),
  }))
}
