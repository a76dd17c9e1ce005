import type { Uuid } from '@hyponema/contract'
import type { Cursor } from '../../kernel/cursor.ts'
import type { SealedContent } from '../../platform/crypto/sealed-content.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'

export type TraceRow = {
  /** The turn's own. */
  readonly id: Uuid
  readonly sessionId: Uuid
  readonly content: SealedContent | null
  readonly createdAt: Date
}

export async function insertTrace(tx: WorkspaceTx, trace: TraceRow): Promise<void> {
  await tx.db
    .insertInto('tenant.turn_traces')
    .values({
      workspace_id: tx.workspaceId,
      id: trace.id,
      session_id: trace.sessionId,
      content: trace.content,
      created_at: trace.createdAt,
    })
    .execute()
}

/** Newest first. */
export async function listTraces(
  tx: WorkspaceTx,
  page: { sessionId: Uuid; cursor: Cursor; limit: number },
): Promise<TraceRow[]> {
  let query = tx.db
    .selectFrom('tenant.turn_traces')
    .select(['id', 'session_id as sessionId', 'content', 'created_at as createdAt'])
    .where('session_id', '=', page.sessionId)
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
  if (page.cursor !== undefined) query = query.where('id', '<', page.cursor)
  return query.execute()
}

/** Removes all of these sessions. Returns how many there were. */
export async function deleteTracesOf(tx: WorkspaceTx, sessionIds: readonly Uuid[]): Promise<number> {
  const [done] = await tx.db
    .deleteFrom('tenant.turn_traces')
    .where((eb) => eb('session_id', '=', eb.fn.any(eb.val(sessionIds))))
    .execute()
  return Number(done?.numDeletedRows ?? 0)
}

/** The oldest one of the workspace. */
export async function findOldestTrace(tx: WorkspaceTx): Promise<Uuid | undefined> {
  return (await tx.db.selectFrom('tenant.turn_traces').select('id').orderBy('id').limit(1).executeTakeFirst())?.id
}

/** How many there are from before `before`, by session. */
export async function countOldTraces(
  tx: WorkspaceTx,
  { before, limit }: { readonly before: Uuid; readonly limit: number },
): Promise<readonly { readonly sessionId: Uuid; readonly rows: number }[]> {
  const rows = await tx.db
    .selectFrom('tenant.turn_traces')
    .select((eb) => ['session_id as sessionId', eb.fn.countAll<string>().as('rows')])
    .where('id', '<', before)
    .groupBy('session_id')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ sessionId: row.sessionId, rows: Number(row.rows) }))
}
