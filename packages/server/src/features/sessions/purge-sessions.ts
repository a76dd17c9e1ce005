import type { Uuid } from '@hyponema/contract'
import { sql } from 'kysely'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'

/** Contents of a session that retention removes one by one, as bits of `purged`. */
export const purgedBits = { transcripts: 1, tool_payloads: 2, decisions: 4, traces: 8 } as const
const allPurged = 15
/** The values that the column may have. */
const mostPurged = 31

export type PurgeSelection = {
  /** Ended before it. */
  readonly before: Date
  /** Ended no earlier: where the batch before this one came to, so that what is held is passed once in a run. */
  readonly after: Date
  readonly heldUsers: readonly Uuid[]
  readonly heldAgents: readonly Uuid[]
  readonly limit: number
}

/** Sessions of a batch, and where the next one begins. */
export type PurgeBatch = { readonly ids: readonly Uuid[]; readonly reached: Date }

/**
 * Ended sessions that still have this content, of those that ended first; nobody holds them, and none is live. Asked for each value
 * that lacks the bit, so that an index gives what is due and nothing else.
 */
export async function listPurgeable(
  tx: WorkspaceTx,
  selection: PurgeSelection & { readonly onlyAgent: Uuid | undefined },
  bit: number,
): Promise<PurgeBatch> {
  const { before, after, onlyAgent, heldUsers, heldAgents, limit } = selection
  const lacking = Array.from({ length: mostPurged + 1 }, (_, value) => value).filter((value) => (value & bit) === 0)
  const ofAgent = onlyAgent === undefined ? sql`` : sql`and s.agent_id = ${onlyAgent}`
  const { rows } = await sql<{ id: Uuid; ended_at: Date }>`
    select due.id, due.ended_at from unnest(${lacking}::smallint[]) as lacking (purged) cross join lateral (
      select s.id, s.ended_at from tenant.sessions s
      where s.workspace_id = ${tx.workspaceId} and s.purged = lacking.purged and s.ended_at >= ${after}
        and s.ended_at < ${before} ${ofAgent}
        and s.user_id <> all(${[...heldUsers]}::uuid[]) and s.agent_id <> all(${[...heldAgents]}::uuid[])
      order by s.ended_at limit ${limit}
    ) due order by due.ended_at limit ${limit}`.execute(tx.db)
  return batchOf(rows, after)
}

function batchOf(rows: readonly { readonly id: Uuid; readonly ended_at: Date }[], after: Date): PurgeBatch {
  return { ids: rows.map(({ id }) => id), reached: rows.at(-1)?.ended_at ?? after }
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
  const { before, after, heldUsers, heldAgents, limit } = selection
  const { rows } = await sql<{ id: Uuid; ended_at: Date }>`
    with old as materialized (
      select id from tenant.sessions
      where workspace_id = ${tx.workspaceId} and purged = ${allPurged} and ended_at >= ${after} and ended_at < ${before}
        and user_id <> all(${[...heldUsers]}::uuid[]) and agent_id <> all(${[...heldAgents]}::uuid[])
      order by ended_at limit ${limit}
    ), gone as (
      delete from tenant.sessions s using old where s.workspace_id = ${tx.workspaceId} and s.id = old.id
      returning s.id, s.ended_at
    )
    select id, ended_at from gone order by ended_at`.execute(tx.db)
  return batchOf(rows, after)
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
