import type { Uuid } from '@hyponema/contract'
import type { Cursor } from '../../kernel/cursor.ts'
import type { SealedContent } from '../../platform/crypto/sealed-content.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'

export type DecisionRow = {
  readonly id: Uuid
  readonly sessionId: Uuid
  readonly turnId: Uuid | null
  readonly stage: string
  readonly action: string
  readonly ruleIds: readonly string[]
  readonly mode: 'enforce' | 'shadow'
  readonly floor: boolean
  readonly policySha256: Buffer
  readonly content: SealedContent | null
  readonly engineUs: number
  readonly createdAt: Date
}

export async function insertDecision(
  tx: WorkspaceTx,
  decision: DecisionRow & { versions: Readonly<Record<string, string>> },
): Promise<void> {
  await tx.db
    .insertInto('tenant.decisions')
    .values({
      workspace_id: tx.workspaceId,
      id: decision.id,
      session_id: decision.sessionId,
      turn_id: decision.turnId,
      stage: decision.stage,
      action: decision.action,
      rule_ids: [...decision.ruleIds],
      mode: decision.mode,
      floor: decision.floor,
      policy_sha256: decision.policySha256,
      content: decision.content,
      engine_us: decision.engineUs,
      versions: JSON.stringify(decision.versions),
      created_at: decision.createdAt,
    })
    .execute()
}

const decisionColumns = [
  'id',
  'session_id as sessionId',
  'turn_id as turnId',
  'stage',
  'action',
  'rule_ids as ruleIds',
  'mode',
  'floor',
  'policy_sha256 as policySha256',
  'content',
  'engine_us as engineUs',
  'created_at as createdAt',
] as const

/** Newest first. */
export async function listDecisions(
  tx: WorkspaceTx,
  page: { sessionId: Uuid; cursor: Cursor; limit: number },
): Promise<DecisionRow[]> {
  let query = tx.db
    .selectFrom('tenant.decisions')
    .select(decisionColumns)
    .where('session_id', '=', page.sessionId)
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
  if (page.cursor !== undefined) query = query.where('id', '<', page.cursor)
  return query.execute()
}

export async function findDecision(tx: WorkspaceTx, id: Uuid): Promise<DecisionRow | undefined> {
  return tx.db.selectFrom('tenant.decisions').select(decisionColumns).where('id', '=', id).executeTakeFirst()
}

/** Removes all of these sessions. Returns how many there were. */
export async function deleteDecisionsOf(tx: WorkspaceTx, sessionIds: readonly Uuid[]): Promise<number> {
  const [done] = await tx.db
    .deleteFrom('tenant.decisions')
    .where((eb) => eb('session_id', '=', eb.fn.any(eb.val(sessionIds))))
    .execute()
  return Number(done?.numDeletedRows ?? 0)
}

/** The oldest one of the workspace. */
export async function findOldestDecision(tx: WorkspaceTx): Promise<Uuid | undefined> {
  return (await tx.db.selectFrom('tenant.decisions').select('id').orderBy('id').limit(1).executeTakeFirst())?.id
}

/** How many there are from before `before`, by session. */
export async function countOldDecisions(
  tx: WorkspaceTx,
  { before, limit }: { readonly before: Uuid; readonly limit: number },
): Promise<readonly { readonly sessionId: Uuid; readonly rows: number }[]> {
  const rows = await tx.db
    .selectFrom('tenant.decisions')
    .select((eb) => ['session_id as sessionId', eb.fn.countAll<string>().as('rows')])
    .where('id', '<', before)
    .groupBy('session_id')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ sessionId: row.sessionId, rows: Number(row.rows) }))
}
