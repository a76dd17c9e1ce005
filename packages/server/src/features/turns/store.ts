import type { Uuid } from '@hyponema/contract'
import type { Cursor } from '../../kernel/cursor.ts'
import type { SealedContent } from '../../platform/crypto/sealed-content.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'

export type TurnRow = {
  readonly id: Uuid
  readonly sessionId: Uuid
  readonly sequence: number
  readonly role: 'user' | 'agent'
  readonly status: 'complete' | 'cut' | 'blocked'
  readonly content: SealedContent | null
  readonly toolPayloads: SealedContent | null
  readonly startedAt: Date
  readonly endedAt: Date
}

export type TurnCounts = {
  readonly inputTokens: number
  readonly outputTokens: number
  readonly toolCallCount: number
  readonly guardCount: number
  readonly firstTextMs: number | null
}

export async function insertTurn(tx: WorkspaceTx, turn: TurnRow & TurnCounts): Promise<void> {
  await tx.db
    .insertInto('tenant.turns')
    .values({
      workspace_id: tx.workspaceId,
      id: turn.id,
      session_id: turn.sessionId,
      sequence: turn.sequence,
      role: turn.role,
      status: turn.status,
      content: turn.content,
      tool_payloads: turn.toolPayloads,
      started_at: turn.startedAt,
      ended_at: turn.endedAt,
      input_tokens: turn.inputTokens,
      output_tokens: turn.outputTokens,
      tool_call_count: turn.toolCallCount,
      guard_count: turn.guardCount,
      first_text_ms: turn.firstTextMs,
    })
    .execute()
}

/** In the order of the conversation: oldest first. */
export async function listTurns(
  tx: WorkspaceTx,
  page: { sessionId: Uuid; cursor: Cursor; limit: number },
): Promise<TurnRow[]> {
  let query = tx.db
    .selectFrom('tenant.turns')
    .select([
      'id',
      'session_id as sessionId',
      'sequence',
      'role',
      'status',
      'content',
      'tool_payloads as toolPayloads',
      'started_at as startedAt',
      'ended_at as endedAt',
    ])
    .where('session_id', '=', page.sessionId)
    .orderBy('id', 'asc')
    .limit(page.limit + 1)
  if (page.cursor !== undefined) query = query.where('id', '>', page.cursor)
  return query.execute()
}

/** The last ones of a session, oldest first. */
export async function listLastTurns(
  tx: WorkspaceTx,
  { sessionId, most }: { readonly sessionId: Uuid; readonly most: number },
): Promise<Pick<TurnRow, 'id' | 'role' | 'content' | 'startedAt'>[]> {
  const rows = await tx.db
    .selectFrom('tenant.turns')
    .select(['id', 'role', 'content', 'started_at as startedAt'])
    .where('session_id', '=', sessionId)
    .orderBy('sequence', 'desc')
    .limit(most)
    .execute()
  return rows.toReversed()
}

/** Undefined while nothing was said. */
export async function findNewestTurn(tx: WorkspaceTx, sessionId: Uuid): Promise<Uuid | undefined> {
  const row = await tx.db
    .selectFrom('tenant.turns')
    .select('id')
    .where('session_id', '=', sessionId)
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.id
}

/** Removes all turns of these sessions. Returns how many there were. */
export async function deleteTurnsOf(tx: WorkspaceTx, sessionIds: readonly Uuid[]): Promise<number> {
  const [done] = await tx.db
    .deleteFrom('tenant.turns')
    .where((eb) => eb('session_id', '=', eb.fn.any(eb.val(sessionIds))))
    .execute()
  return Number(done?.numDeletedRows ?? 0)
}

/** Removes what tools were asked and answered in these sessions; what was said stays. */
export async function clearToolPayloadsOf(tx: WorkspaceTx, sessionIds: readonly Uuid[]): Promise<number> {
  const [done] = await tx.db
    .updateTable('tenant.turns')
    .set({ tool_payloads: null })
    .where((eb) => eb('session_id', '=', eb.fn.any(eb.val(sessionIds))))
    .where('tool_payloads', 'is not', null)
    .execute()
  return Number(done?.numUpdatedRows ?? 0)
}

/** The oldest one of the workspace, with `tools` the oldest that has a tool's words. */
export async function findOldestTurn(
  tx: WorkspaceTx,
  { tools }: { readonly tools: boolean },
): Promise<Uuid | undefined> {
  let query = tx.db.selectFrom('tenant.turns').select('id').orderBy('id').limit(1)
  if (tools) query = query.where('tool_payloads', 'is not', null)
  return (await query.executeTakeFirst())?.id
}

/** How many there are from before `before`, by session. */
export async function countOldTurns(
  tx: WorkspaceTx,
  { before, limit, tools }: { readonly before: Uuid; readonly limit: number; readonly tools: boolean },
): Promise<readonly { readonly sessionId: Uuid; readonly rows: number }[]> {
  let query = tx.db
    .selectFrom('tenant.turns')
    .select((eb) => ['session_id as sessionId', eb.fn.countAll<string>().as('rows')])
    .where('id', '<', before)
    .groupBy('session_id')
    .limit(limit)
  if (tools) query = query.where('tool_payloads', 'is not', null)
  return (await query.execute()).map(({ sessionId, rows }) => ({ sessionId, rows: Number(rows) }))
}
