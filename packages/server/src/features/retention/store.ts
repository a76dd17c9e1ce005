import type { Uuid } from '@hyponema/contract'
import type { Cursor } from '../../kernel/cursor.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'

export type Preset = 'minimal' | 'standard' | 'regulated'

export type RulesRow = {
  readonly preset: Preset | null
  readonly rules: unknown
  readonly updatedAt: Date
  readonly runBegunAt: Date | null
  readonly runFinishedAt: Date | null
  readonly runError: string | null
  readonly removed: unknown
}

const columns = [
  'preset',
  'rules',
  'updated_at as updatedAt',
  'run_begun_at as runBegunAt',
  'run_finished_at as runFinishedAt',
  'run_error as runError',
  'removed',
] as const

export async function findRules(tx: WorkspaceTx): Promise<RulesRow | undefined> {
  return tx.db.selectFrom('tenant.retention_rules').select(columns).executeTakeFirst()
}

/** Puts the row there that everybody locks; what it holds then is what holds without it. */
export async function insertRules(tx: WorkspaceTx, row: { preset: Preset; rules: object }): Promise<void> {
  await tx.db
    .insertInto('tenant.retention_rules')
    .values({ workspace_id: tx.workspaceId, preset: row.preset, rules: JSON.stringify(row.rules) })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Whoever changes a rule or a hold waits for the batch that runs, and the next batch for the change. */
export async function lockRules(tx: WorkspaceTx, strength: 'share' | 'update'): Promise<RulesRow> {
  const query = tx.db.selectFrom('tenant.retention_rules').select(columns)
  return (strength === 'share' ? query.forShare() : query.forUpdate()).executeTakeFirstOrThrow()
}

export async function updateRules(
  tx: WorkspaceTx,
  { preset, rules, now }: { preset: Preset | null; rules: object; now: Date },
): Promise<void> {
  await tx.db
    .updateTable('tenant.retention_rules')
    .set({ preset, rules: JSON.stringify(rules), updated_at: now })
    .execute()
}

export async function setRunBegun(tx: WorkspaceTx, now: Date): Promise<void> {
  await tx.db
    .updateTable('tenant.retention_rules')
    .set({ run_begun_at: now, run_finished_at: null, run_error: null })
    .execute()
}

export async function setRunEnded(
  tx: WorkspaceTx,
  run: { finishedAt: Date | null; error: string | null; removed: object },
): Promise<void> {
  await tx.db
    .updateTable('tenant.retention_rules')
    .set({ run_finished_at: run.finishedAt, run_error: run.error, removed: JSON.stringify(run.removed) })
    .execute()
}

export type HoldRow = {
  readonly id: Uuid
  readonly userId: Uuid | null
  readonly agentId: Uuid | null
  readonly reason: string
  readonly createdBy: string
  readonly createdAt: Date
  readonly until: Date | null
  readonly releasedAt: Date | null
  readonly releasedBy: string | null
}

const holdColumns = [
  'id',
  'user_id as userId',
  'agent_id as agentId',
  'reason',
  'created_by as createdBy',
  'created_at as createdAt',
  'until',
  'released_at as releasedAt',
  'released_by as releasedBy',
] as const

export async function insertHold(
  tx: WorkspaceTx,
  hold: Omit<HoldRow, 'createdAt' | 'releasedAt' | 'releasedBy'> & { createdAt: Date },
): Promise<void> {
  await tx.db
    .insertInto('tenant.legal_holds')
    .values({
      workspace_id: tx.workspaceId,
      id: hold.id,
      user_id: hold.userId,
      agent_id: hold.agentId,
      reason: hold.reason,
      created_by: hold.createdBy,
      created_at: hold.createdAt,
      until: hold.until,
    })
    .execute()
}

export async function findHold(tx: WorkspaceTx, id: Uuid): Promise<HoldRow | undefined> {
  return tx.db.selectFrom('tenant.legal_holds').select(holdColumns).where('id', '=', id).executeTakeFirst()
}

export async function setReleased(tx: WorkspaceTx, id: Uuid, { by, at }: { by: string; at: Date }): Promise<void> {
  await tx.db.updateTable('tenant.legal_holds').set({ released_by: by, released_at: at }).where('id', '=', id).execute()
}

/** Newest first. */
export async function listHolds(
  tx: WorkspaceTx,
  { cursor, limit }: { cursor: Cursor; limit: number },
): Promise<HoldRow[]> {
  let query = tx.db
    .selectFrom('tenant.legal_holds')
    .select(holdColumns)
    .orderBy('id', 'desc')
    .limit(limit + 1)
  if (cursor !== undefined) query = query.where('id', '<', cursor)
  return query.execute()
}

/** Those that hold something at that instant. */
export async function listActiveHolds(
  tx: WorkspaceTx,
  now: Date,
): Promise<readonly Pick<HoldRow, 'id' | 'userId' | 'agentId'>[]> {
  return tx.db
    .selectFrom('tenant.legal_holds')
    .select(['id', 'user_id as userId', 'agent_id as agentId'])
    .where('released_at', 'is', null)
    .where((eb) => eb.or([eb('until', 'is', null), eb('until', '>', now)]))
    .execute()
}
