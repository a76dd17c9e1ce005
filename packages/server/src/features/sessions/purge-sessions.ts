import type { Uuid } from '@hyponema/contract'
import { sql } from 'kysely'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'

/** Contents of a session that retention removes one by one, as bits of `purged`. */
export const purgedBits = { transcripts: 1, tool_payloads: 2, decisions: 4, traces: 8 } as const
const allPurged = 15
/** The values that the column may have. */
const mostPurged = 31

/** Between two sessions, in the order in which they ended. The time is as the database writes it, to the microsecond. */
export type EndedCursor = { readonly endedAt: string; readonly id: Uuid }

export type PurgeSelection = {
  /** Ended before it. */
  readonly before: Date
  /** Where the batch before this one came to, so that what is held is passed once in a run. Without it, from the first on. */
  readonly after: EndedCursor | undefined
  readonly heldUsers: readonly Uuid[]
  readonly heldAgents: readonly Uuid[]
  readonly limit: number
}

/** Sessions of a batch, and where the next one begins, while there is more. */
export type PurgeBatch = { readonly ids: readonly Uuid[]; readonly reached: EndedCursor | undefined }

/** Sessions that are looked at for one that may go: what is held does not make a batch read on and on. */
const looksPerSession = 5

type Look = { readonly id: Uuid; readonly ended_at: string; readonly is_held: boolean }

/**
 * Ended sessions that still have this content, of those that ended first; nobody holds them, and none is live. Asked for each value
 * that lacks the bit, so that an index gives what is due and nothing else.
 */
export async function listPurgeable(
  tx: WorkspaceTx,
  selection: PurgeSelection & { readonly onlyAgent: Uuid | undefined },
  bit: number,
): Promise<PurgeBatch> {
  const lacking = Array.from({ length: mostPurged + 1 }, (_, value) => value).filter((value) => (value & bit) === 0)
  return takeFree(await lookAt(tx, selection, lacking), selection.limit)
}

async function lookAt(
  tx: WorkspaceTx,
  selection: PurgeSelection & { readonly onlyAgent: Uuid | undefined },
  values: readonly number[],
): Promise<readonly Look[]> {
  const { before, after, onlyAgent, heldUsers, heldAgents } = selection
  const looks = selection.limit * looksPerSession
  const ofAgent = onlyAgent === undefined ? sql`` : sql`and s.agent_id = ${onlyAgent}`
  const behind =
    after === undefined ? sql`` : sql`and (s.ended_at, s.id) > (${after.endedAt}::timestamptz, ${after.id}::uuid)`
  const { rows } = await sql<Look>`
    select due.id, due.ended_at::text as ended_at,
      due.user_id = any(${[...heldUsers]}::uuid[]) or due.agent_id = any(${[...heldAgents]}::uuid[]) as is_held
    from unnest(${[...values]}::smallint[]) as asked (purged) cross join lateral (
      select s.id, s.ended_at, s.user_id, s.agent_id from tenant.sessions s
      where s.workspace_id = ${tx.workspaceId} and s.purged = asked.purged and s.ended_at < ${before} ${ofAgent} ${behind}
      order by s.ended_at, s.id limit ${looks}
    ) due order by due.ended_at, due.id limit ${looks}`.execute(tx.db)
  return rows
}

/** The first that nobody holds. */
function takeFree(looks: readonly Look[], limit: number): PurgeBatch {
  const ids: Uuid[] = []
  for (const look of looks) {
    if (!look.is_held) ids.push(look.id)
    if (ids.length === limit) return { ids, reached: { endedAt: look.ended_at, id: look.id } }
  }
  const last = looks.length === limit * looksPerSession ? looks.at(-1) : undefined
  return { ids, reached: last && { endedAt: last.ended_at, id: last.id } }
}

export async function setPurged(tx: WorkspaceTx, ids: readonly Uuid[], bit: number): Promise<void> {
  await tx.db
    .updateTable('tenant.sessions')
    .set((eb) => ({ purged: eb('purged', '|', bit) }))
    .where((eb) => eb('id', '=', eb.fn.any(eb.val(ids))))
    .execute()
}

/** Removes sessions that have lost their contents; what hangs on them by their key goes along. */
export async function deleteOldSessions(tx: WorkspaceTx, selection: PurgeSelection): Promise<PurgeBatch> {
  const looks = await lookAt(tx, { ...selection, onlyAgent: undefined }, [allPurged])
  const batch = takeFree(looks, selection.limit)
  if (batch.ids.length > 0)
    await tx.db
      .deleteFrom('tenant.sessions')
      .where((eb) => eb('id', '=', eb.fn.any(eb.val(batch.ids))))
      .execute()
  return batch
}

/** Of these, who talked with whom, and when it ended; a session that is still live has no end. */
export async function listOwners(
  tx: WorkspaceTx,
  ids: readonly Uuid[],
): Promise<
  readonly { readonly id: Uuid; readonly userId: Uuid; readonly agentId: Uuid; readonly endedAt: Date | null }[]
> {
  return tx.db
    .selectFrom('tenant.sessions')
    .select(['id', 'user_id as userId', 'agent_id as agentId', 'ended_at as endedAt'])
    .where((eb) => eb('id', '=', eb.fn.any(eb.val(ids))))
    .execute()
}

export async function findOldestSession(tx: WorkspaceTx): Promise<Uuid | undefined> {
  return (await tx.db.selectFrom('tenant.sessions').select('id').orderBy('id').limit(1).executeTakeFirst())?.id
}

/** Those from before `before`, at most `limit`. */
export async function listOldSessions(
  tx: WorkspaceTx,
  { before, limit }: { readonly before: Uuid; readonly limit: number },
): Promise<readonly { readonly sessionId: Uuid; readonly rows: number }[]> {
  const rows = await tx.db.selectFrom('tenant.sessions').select('id').where('id', '<', before).limit(limit).execute()
  return rows.map(({ id }) => ({ sessionId: id, rows: 1 }))
}
