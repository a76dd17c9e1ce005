import type { EscalationOutcome, EscalationState, UnansweredAction, Uuid } from '@hyponema/contract'
import { sql } from 'kysely'
import type { Cursor } from '../../kernel/cursor.ts'
import type { SealedContent } from '../../platform/crypto/sealed-content.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'

export type EscalationRow = {
  readonly id: Uuid
  readonly sessionId: Uuid
  readonly userId: Uuid
  readonly agentId: Uuid
  readonly decisionId: Uuid
  readonly ruleId: string | null
  readonly queue: string
  readonly priority: number
  readonly reason: string
  readonly state: EscalationState
  readonly isWithinHours: boolean
  readonly onUnanswered: UnansweredAction
  readonly createdAt: Date
  readonly dueAt: Date
  readonly claimedBy: string | null
  readonly claimedAt: Date | null
  readonly resolvedBy: string | null
  readonly resolvedAt: Date | null
  readonly outcome: EscalationOutcome | null
  readonly fallback: UnansweredAction | null
  /** When who has it last looked or wrote. */
  readonly attendedAt: Date | null
}

const columns = [
  'id',
  'session_id as sessionId',
  'user_id as userId',
  'agent_id as agentId',
  'decision_id as decisionId',
  'rule_id as ruleId',
  'queue',
  'priority',
  'reason',
  'state',
  'is_within_hours as isWithinHours',
  'on_unanswered as onUnanswered',
  'created_at as createdAt',
  'due_at as dueAt',
  'claimed_by as claimedBy',
  'claimed_at as claimedAt',
  'resolved_by as resolvedBy',
  'resolved_at as resolvedAt',
  'outcome',
  'fallback',
  'attended_at as attendedAt',
] as const

export type NewEscalation = Pick<
  EscalationRow,
  | 'id'
  | 'sessionId'
  | 'userId'
  | 'agentId'
  | 'decisionId'
  | 'ruleId'
  | 'queue'
  | 'priority'
  | 'reason'
  | 'isWithinHours'
  | 'onUnanswered'
  | 'createdAt'
  | 'dueAt'
>

export async function insertEscalation(tx: WorkspaceTx, row: NewEscalation): Promise<void> {
  await tx.db
    .insertInto('tenant.escalations')
    .values({
      workspace_id: tx.workspaceId,
      id: row.id,
      session_id: row.sessionId,
      user_id: row.userId,
      agent_id: row.agentId,
      decision_id: row.decisionId,
      rule_id: row.ruleId,
      queue: row.queue,
      priority: row.priority,
      reason: row.reason,
      is_within_hours: row.isWithinHours,
      on_unanswered: row.onUnanswered,
      created_at: row.createdAt,
      due_at: row.dueAt,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

export async function findEscalation(tx: WorkspaceTx, id: Uuid): Promise<EscalationRow | undefined> {
  return tx.db.selectFrom('tenant.escalations').select(columns).where('id', '=', id).executeTakeFirst()
}

/** With its row locked: of two who take it at once, the second sees that it is taken. */
export async function lockEscalation(tx: WorkspaceTx, id: Uuid): Promise<EscalationRow | undefined> {
  return tx.db.selectFrom('tenant.escalations').select(columns).where('id', '=', id).forUpdate().executeTakeFirst()
}

/** What is most urgent first, and of that the oldest. */
export async function listEscalations(
  tx: WorkspaceTx,
  page: {
    readonly cursor: Cursor
    readonly limit: number
    readonly state: EscalationState | undefined
    readonly queue: string | undefined
    readonly agents: readonly Uuid[] | undefined
  },
): Promise<EscalationRow[]> {
  const { cursor, state, queue, agents } = page
  let query = tx.db
    .selectFrom('tenant.escalations')
    .select(columns)
    .orderBy('priority', 'desc')
    .orderBy('id', 'asc')
    .limit(page.limit + 1)
  if (cursor !== undefined) {
    // Each comparison by itself: of the rows of a workspace an index is asked only what tells nothing of others (leakproof).
    const last = sql<number>`(select last.priority from tenant.escalations as last where last.id = ${cursor})`
    query = query
      .where('priority', '<=', last)
      .where((match) => match.or([match('priority', '<', last), match('id', '>', cursor)]))
  }
  if (state !== undefined) query = query.where('state', '=', state)
  if (queue !== undefined) query = query.where('queue', '=', queue)
  if (agents !== undefined) query = query.where((match) => match('agent_id', '=', match.fn.any(match.val([...agents]))))
  return query.execute()
}

/** Rules call at most 20 times each and are held back while one is open: more than a talk of hours makes. */
const mostOfSession = 200

/** Of one session, oldest first; of more than anybody was ever called in one talk the last, which are the ones that may be open. */
export async function listOfSession(tx: WorkspaceTx, sessionId: Uuid): Promise<EscalationRow[]> {
  const rows = await tx.db
    .selectFrom('tenant.escalations')
    .select(columns)
    .where('session_id', '=', sessionId)
    .orderBy('id', 'desc')
    .limit(mostOfSession)
    .execute()
  return rows.toReversed()
}

/** What this principal has taken and not closed, locked in the order in which the end of a session locks them. */
export async function listClaimsOf(tx: WorkspaceTx, claimedBy: string): Promise<EscalationRow[]> {
  return tx.db
    .selectFrom('tenant.escalations')
    .select(columns)
    .where('state', '=', 'claimed')
    .where('claimed_by', '=', claimedBy)
    .orderBy('id', 'asc')
    .forUpdate()
    .execute()
}

export async function setClaimed(tx: WorkspaceTx, id: Uuid, claim: { by: string; at: Date }): Promise<void> {
  await tx.db
    .updateTable('tenant.escalations')
    .set({ state: 'claimed', claimed_by: claim.by, claimed_at: claim.at, attended_at: claim.at })
    .where('id', '=', id)
    .execute()
}

/** Of the claim that was read: it may have been given back since, and then nobody attends to it. */
export async function setAttended(
  tx: WorkspaceTx,
  { id, claimedBy }: Pick<EscalationRow, 'id' | 'claimedBy'>,
  at: Date,
): Promise<void> {
  await tx.db
    .updateTable('tenant.escalations')
    .set({ attended_at: at })
    .where('id', '=', id)
    .where('state', '=', 'claimed')
    .where('claimed_by', '=', claimedBy)
    .execute()
}

export async function setOpen(tx: WorkspaceTx, id: Uuid, dueAt: Date): Promise<void> {
  await tx.db
    .updateTable('tenant.escalations')
    .set({ state: 'open', claimed_by: null, claimed_at: null, attended_at: null, due_at: dueAt })
    .where('id', '=', id)
    .execute()
}

export async function setResolved(
  tx: WorkspaceTx,
  id: Uuid,
  end: { by: string | null; at: Date; outcome: EscalationOutcome; fallback: UnansweredAction | null },
): Promise<void> {
  await tx.db
    .updateTable('tenant.escalations')
    .set({
      state: 'resolved',
      resolved_by: end.by,
      resolved_at: end.at,
      outcome: end.outcome,
      fallback: end.fallback,
    })
    .where('id', '=', id)
    .execute()
}

export type MessageRow = {
  readonly id: Uuid
  readonly escalationId: Uuid
  readonly content: SealedContent
  readonly createdAt: Date
}

export async function insertMessage(
  tx: WorkspaceTx,
  message: { id: Uuid; escalationId: Uuid; author: string; content: SealedContent; createdAt: Date },
): Promise<void> {
  await tx.db
    .insertInto('tenant.escalation_messages')
    .values({
      workspace_id: tx.workspaceId,
      id: message.id,
      escalation_id: message.escalationId,
      author: message.author,
      content: message.content,
      created_at: message.createdAt,
    })
    .execute()
}

/** A person reads and listens one message at a time; more than that waiting for one talk is a session that does not hear. */
export const maxWaiting = 20

/** Of these escalations what nothing has said yet, oldest first. */
export async function listWaitingMessages(
  tx: WorkspaceTx,
  { escalations, most }: { readonly escalations: readonly Uuid[]; readonly most: number },
): Promise<MessageRow[]> {
  if (escalations.length === 0) return []
  return tx.db
    .selectFrom('tenant.escalation_messages')
    .select(['id', 'escalation_id as escalationId', 'content', 'created_at as createdAt'])
    .where((match) => match('escalation_id', '=', match.fn.any(match.val([...escalations]))))
    .where('turn_id', 'is', null)
    .orderBy('id', 'asc')
    .limit(most)
    .execute()
}

/** Which of these turns said what an operator had written. */
export async function listSpokenTurns(
  tx: WorkspaceTx,
  { escalations, turns }: { readonly escalations: readonly Uuid[]; readonly turns: readonly Uuid[] },
): Promise<ReadonlySet<Uuid>> {
  if (escalations.length === 0 || turns.length === 0) return new Set()
  const rows = await tx.db
    .selectFrom('tenant.escalation_messages')
    .select('turn_id as turnId')
    .where((match) => match('escalation_id', '=', match.fn.any(match.val([...escalations]))))
    .where((match) => match('turn_id', '=', match.fn.any(match.val([...turns]))))
    .execute()
  return new Set(rows.flatMap(({ turnId }) => turnId ?? []))
}

/** The last one that was written for any of these, said or not. */
export async function findNewestMessage(tx: WorkspaceTx, escalations: readonly Uuid[]): Promise<Uuid | undefined> {
  if (escalations.length === 0) return undefined
  const row = await tx.db
    .selectFrom('tenant.escalation_messages')
    .select('id')
    .where((match) => match('escalation_id', '=', match.fn.any(match.val([...escalations]))))
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.id
}

export async function setDelivered(tx: WorkspaceTx, id: Uuid, by: { turnId: Uuid; at: Date }): Promise<void> {
  await tx.db
    .updateTable('tenant.escalation_messages')
    .set({ turn_id: by.turnId, delivered_at: by.at })
    .where('id', '=', id)
    .execute()
}

/** The session that a signal says something of; undefined when there is no such signal in this workspace. */
export async function findEscalationSignal(tx: WorkspaceTx, signalId: Uuid): Promise<Uuid | undefined> {
  const row = await tx.db
    .selectFrom('tenant.signals')
    .select('ref')
    .where('id', '=', signalId)
    .where('kind', '=', 'escalation')
    .executeTakeFirst()
  return row?.ref
}

/** Removes those of these sessions with what was written in them. Returns how many there were. */
export async function deleteEscalationsOf(tx: WorkspaceTx, sessionIds: readonly Uuid[]): Promise<number> {
  const [done] = await tx.db
    .deleteFrom('tenant.escalations')
    .where((eb) => eb('session_id', '=', eb.fn.any(eb.val(sessionIds))))
    .execute()
  return Number(done?.numDeletedRows ?? 0)
}
