import type { ContactChannel, ContactClass, ContactState, Uuid } from '@hyponema/contract'
import { type RawBuilder, sql } from 'kysely'
import type { Cursor } from '../../kernel/cursor.ts'
import type { SealedContent } from '../../platform/crypto/sealed-content.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'

export type AttemptRow = {
  readonly id: Uuid
  readonly userId: Uuid
  readonly agentId: Uuid
  readonly channel: ContactChannel
  readonly class: ContactClass
  readonly state: ContactState
  readonly ruleIds: readonly string[]
  readonly policySha256: Buffer
  readonly content: SealedContent
  readonly allowedAt: Date | null
  readonly expiresAt: Date | null
  readonly createdAt: Date
  readonly reportedAt: Date | null
}

const columns = [
  'id',
  'user_id as userId',
  'agent_id as agentId',
  'channel',
  'class',
  'state',
  'rule_ids as ruleIds',
  'policy_sha256 as policySha256',
  'content',
  'allowed_at as allowedAt',
  'expires_at as expiresAt',
  'created_at as createdAt',
  'reported_at as reportedAt',
] as const

/** All but what never was an attempt, or was taken back before it became one. */
const counted = ['reserved', 'placed', 'reached', 'no_answer', 'refused', 'failed'] as const

/** No cap may allow more, so the newest of these say whether one more is too many. */
const mostOfAKind = 1001

export async function insertAttempt(
  tx: WorkspaceTx,
  attempt: Omit<AttemptRow, 'reportedAt'> & { subjectIndex: Buffer | null; numberIndex: Buffer | null },
): Promise<void> {
  await tx.db
    .insertInto('tenant.contact_attempts')
    .values({
      workspace_id: tx.workspaceId,
      id: attempt.id,
      user_id: attempt.userId,
      agent_id: attempt.agentId,
      channel: attempt.channel,
      class: attempt.class,
      subject_index: attempt.subjectIndex,
      number_index: attempt.numberIndex,
      state: attempt.state,
      rule_ids: [...attempt.ruleIds],
      policy_sha256: attempt.policySha256,
      content: attempt.content,
      allowed_at: attempt.allowedAt,
      expires_at: attempt.expiresAt,
      created_at: attempt.createdAt,
    })
    .execute()
}

export async function findAttempt(tx: WorkspaceTx, id: Uuid): Promise<AttemptRow | undefined> {
  return tx.db.selectFrom('tenant.contact_attempts').select(columns).where('id', '=', id).executeTakeFirst()
}

/** The same, held until the transaction ends: two outcomes of one attempt take their turn. */
export async function lockAttempt(tx: WorkspaceTx, id: Uuid): Promise<AttemptRow | undefined> {
  return tx.db
    .selectFrom('tenant.contact_attempts')
    .select(columns)
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst()
}

export async function listAttempts(
  tx: WorkspaceTx,
  page: { cursor: Cursor; limit: number; userId: Uuid | undefined; agents: readonly Uuid[] | undefined },
): Promise<AttemptRow[]> {
  let query = tx.db
    .selectFrom('tenant.contact_attempts')
    .select(columns)
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
  if (page.cursor !== undefined) query = query.where('id', '<', page.cursor)
  if (page.userId !== undefined) query = query.where('user_id', '=', page.userId)
  const { agents } = page
  if (agents !== undefined) query = query.where((eb) => eb('agent_id', '=', eb.fn.any(eb.val(agents))))
  return query.execute()
}

export async function setAttemptState(
  tx: WorkspaceTx,
  change: { id: Uuid; state: ContactState; reportedAt: Date },
): Promise<void> {
  await tx.db
    .updateTable('tenant.contact_attempts')
    .set({ state: change.state, reported_at: change.reportedAt })
    .where('id', '=', change.id)
    .execute()
}

/** Those that may still be used; what is over counts as made. Without a channel or a class: of every one. */
export async function cancelReserved(
  tx: WorkspaceTx,
  of: {
    userId: Uuid
    channel?: ContactChannel | null
    class?: ContactClass | null
    /** Those of other people at the numbers at which this one was to be reached, too. */
    withItsNumbers?: boolean
    now: Date
  },
): Promise<number> {
  const { userId, withItsNumbers = false } = of
  let query = tx.db
    .updateTable('tenant.contact_attempts')
    .set({ state: 'cancelled', reported_at: of.now })
    .where('state', '=', 'reserved')
    .where('expires_at', '>', of.now)
    .where((eb) => {
      const own = eb('user_id', '=', userId)
      if (!withItsNumbers) return own
      const numbers = eb
        .selectFrom('tenant.contact_attempts as its')
        .select('its.number_index')
        .where('its.user_id', '=', userId)
        .where('its.number_index', 'is not', null)
      return eb.or([own, eb('number_index', 'in', numbers)])
    })
  if (of.channel != null) query = query.where('channel', '=', of.channel)
  if (of.class != null) query = query.where('class', '=', of.class)
  return (await query.returning('id').execute()).length
}

/** Everybody who was to be contacted at this number. */
export async function listUsersOfNumber(tx: WorkspaceTx, numberIndex: Buffer): Promise<readonly Uuid[]> {
  const rows = await tx.db
    .selectFrom('tenant.contact_attempts')
    .select('user_id as userId')
    .distinct()
    .where('number_index', '=', numberIndex)
    .execute()
  return rows.map(({ userId }) => userId)
}

export type CountedAttempt = {
  readonly channel: ContactChannel
  readonly class: ContactClass
  readonly state: ContactState
  readonly expiresAt: Date | null
  readonly reportedAt: Date | null
}

/**
 * What was made, or may have been made, of one person (about one subject) or to one number. A cap counts some channels and classes
 * only, and a pause begins at the last talk or refusal: so the newest of each kind, or many of one would hide those of another.
 */
export async function listCounted(
  tx: WorkspaceTx,
  by: { since: Date } & (
    | { kind: 'user'; userId: Uuid }
    | { kind: 'subject'; userId: Uuid; subjectIndex: Buffer | null }
    | { kind: 'number'; numberIndex: Buffer }
  ),
): Promise<CountedAttempt[]> {
  let query = tx.db
    .selectFrom('tenant.contact_attempts')
    .select((eb) => [
      'channel',
      'class',
      'state',
      'expires_at as expiresAt',
      'reported_at as reportedAt',
      eb.fn
        .agg<string>('row_number')
        .over((over) => over.partitionBy(['channel', 'class', 'state']).orderBy('created_at', 'desc'))
        .as('place'),
    ])
    .where('created_at', '>', by.since)
    .where((eb) => eb('state', '=', eb.fn.any(eb.val(counted))))
  query =
    by.kind === 'number' ? query.where('number_index', '=', by.numberIndex) : query.where('user_id', '=', by.userId)
  if (by.kind === 'subject') {
    query =
      by.subjectIndex === null
        ? query.where('subject_index', 'is', null)
        : query.where('subject_index', '=', by.subjectIndex)
  }
  return tx.db
    .selectFrom(query.as('attempt'))
    .select(['channel', 'class', 'state', 'expiresAt', 'reportedAt'])
    .where('place', '<=', String(mostOfAKind))
    .execute()
}

export type ConsentRow = {
  readonly id: Uuid
  readonly userId: Uuid
  readonly channel: ContactChannel | null
  readonly class: ContactClass | null
  readonly state: 'given' | 'withdrawn'
  readonly source: 'api' | 'opt_out'
  readonly content: SealedContent
  readonly occurredAt: Date
  readonly createdAt: Date
}

const consentColumns = [
  'id',
  'user_id as userId',
  'channel',
  'class',
  'state',
  'source',
  'content',
  'occurred_at as occurredAt',
  'created_at as createdAt',
] as const

export async function insertConsent(tx: WorkspaceTx, consent: ConsentRow): Promise<void> {
  await tx.db
    .insertInto('tenant.consents')
    .values({
      workspace_id: tx.workspaceId,
      id: consent.id,
      user_id: consent.userId,
      channel: consent.channel,
      class: consent.class,
      state: consent.state,
      source: consent.source,
      content: consent.content,
      occurred_at: consent.occurredAt,
      created_at: consent.createdAt,
    })
    .execute()
}

export async function findConsent(tx: WorkspaceTx, id: Uuid): Promise<ConsentRow | undefined> {
  return tx.db.selectFrom('tenant.consents').select(consentColumns).where('id', '=', id).executeTakeFirst()
}

export async function listConsents(
  tx: WorkspaceTx,
  page: { userId: Uuid; cursor: Cursor; limit: number },
): Promise<ConsentRow[]> {
  let query = tx.db
    .selectFrom('tenant.consents')
    .select(consentColumns)
    .where('user_id', '=', page.userId)
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
  if (page.cursor !== undefined) query = query.where('id', '<', page.cursor)
  return query.execute()
}

/** The latest that covers this channel and class; of two at one instant the one that was written later. */
export async function findLatestConsent(
  tx: WorkspaceTx,
  of: { userId: Uuid; channel: ContactChannel; class: ContactClass },
): Promise<Pick<ConsentRow, 'state' | 'occurredAt'> | undefined> {
  return tx.db
    .selectFrom('tenant.consents')
    .select(['state', 'occurred_at as occurredAt'])
    .where('user_id', '=', of.userId)
    .where((eb) => eb.or([eb('channel', 'is', null), eb('channel', '=', of.channel)]))
    .where((eb) => eb.or([eb('class', 'is', null), eb('class', '=', of.class)]))
    .orderBy('occurred_at', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
}

export async function findLastRefusal(tx: WorkspaceTx, userId: Uuid): Promise<Date | undefined> {
  const row = await tx.db
    .selectFrom('tenant.consents')
    .select('occurred_at as occurredAt')
    .where('user_id', '=', userId)
    .where('state', '=', 'withdrawn')
    .orderBy('occurred_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.occurredAt
}

type OldAttempts = {
  readonly before: Uuid
  readonly heldUsers: readonly Uuid[]
  readonly heldAgents: readonly Uuid[]
  readonly limit: number
}

/**
 * Removes attempts from before `before` that caps count, but of those who are held. One that nobody reported on is as old as
 * any other once its reservation has ended. Consents are proof and stay. Returns how many.
 */
export async function deleteCountedAttempts(tx: WorkspaceTx, old: OldAttempts, now: Date): Promise<number> {
  return deleteAttempts(tx, old, sql`state = any(${[...counted]}) and expires_at < ${now}`)
}

/** The same for those that were never made. */
export async function deleteUncountedAttempts(tx: WorkspaceTx, old: OldAttempts): Promise<number> {
  // Written out, so that the index of these few is used.
  return deleteAttempts(tx, old, sql`state in ('cancelled', 'deferred', 'denied')`)
}

async function deleteAttempts(tx: WorkspaceTx, old: OldAttempts, which: RawBuilder<unknown>): Promise<number> {
  const { rows } = await sql`
    with old as (
      select id from tenant.contact_attempts
      where workspace_id = ${tx.workspaceId} and id < ${old.before} and ${which}
        and user_id <> all(${[...old.heldUsers]}::uuid[]) and agent_id <> all(${[...old.heldAgents]}::uuid[])
      order by id limit ${old.limit}
    )
    delete from tenant.contact_attempts a using old where a.workspace_id = ${tx.workspaceId} and a.id = old.id
    returning 1`.execute(tx.db)
  return rows.length
}
