import type { Uuid, WebhookDeliveryState, WebhookOutcome, WebhookState } from '@hyponema/contract'
import { sql } from 'kysely'
import { uuidFloor } from '../../kernel/uuid-floor.ts'
import type { SealedContent } from '../../platform/crypto/sealed-content.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'

export type EndpointRow = {
  readonly id: Uuid
  readonly url: string
  readonly ordered: boolean
  readonly state: WebhookState
  readonly hmacCredentialId: Uuid
  readonly ed25519CredentialId: Uuid | null
  readonly consecutiveFailures: number
  readonly failingSince: Date | null
  readonly lastSuccessAt: Date | null
}

/** A delivery that is ours until the end of its lease, with the sealed event. */
export type LeasedRow = {
  readonly id: Uuid
  readonly eventId: Uuid
  /** How many attempts have come to an end before. */
  readonly attemptCount: number
  readonly firstAttemptAt: Date
  readonly type: string
  readonly userId: Uuid | null
  readonly createdAt: Date
  readonly body: SealedContent
}

/** What came of one attempt, and what becomes of its delivery. */
export type ResultRow = {
  readonly attemptId: Uuid
  readonly deliveryId: Uuid
  readonly attempt: number
  readonly outcome: WebhookOutcome
  readonly statusCode: number | null
  readonly errorCode: string | null
  readonly durationMs: number
  readonly answer: SealedContent | null
  readonly attemptedAt: Date
  readonly state: WebhookDeliveryState
  readonly nextAttemptAt: Date | null
  /** The end of the lease under which it was sent. */
  readonly leasedUntil: Date
}

/**
 * Which of these events, as far as they wait to be fanned out, go to which enabled endpoints. The events are locked: whoever
 * else has them in hand comes after us and finds them dispatched. So are the endpoints, and before anything is written for
 * them: an operator who changes, replays or deletes one is waited for here, where we hold nothing that they wait for.
 */
export async function matchEvents(
  tx: WorkspaceTx,
  eventIds: readonly Uuid[],
): Promise<readonly { readonly eventId: Uuid; readonly webhookId: Uuid }[]> {
  const { rows } = await sql<{ eventId: Uuid; webhookId: Uuid }>`
    with waiting as materialized (
      select id, type from tenant.outbox where id = any(${[...eventIds]}::uuid[]) and state = 'pending' order by id for no key update
    )
    select e.id as "eventId", w.id as "webhookId"
    from waiting e join tenant.webhooks w on w.state = 'enabled' and exists (
      select from unnest(w.event_types) as wanted
      where wanted = '*' or wanted = e.type or (right(wanted, 2) = '.*' and starts_with(e.type, left(wanted, -1)))
    )
    order by e.id for key share of w`.execute(tx.db)
  return rows
}

/** Writes what the endpoints are owed; a pair that is there already stays as it is. */
export async function insertDeliveries(
  tx: WorkspaceTx,
  deliveries: readonly { readonly id: Uuid; readonly eventId: Uuid; readonly webhookId: Uuid }[],
  now: Date,
): Promise<void> {
  await sql`
    insert into tenant.webhook_deliveries
      (workspace_id, id, webhook_id, event_id, session_id, event_created_at, next_attempt_at)
    select o.workspace_id, d.id, d.webhook_id, o.id, o.session_id, o.created_at, ${now}::timestamptz
    from unnest(
      ${deliveries.map(({ id }) => id)}::uuid[],
      ${deliveries.map(({ webhookId }) => webhookId)}::uuid[],
      ${deliveries.map(({ eventId }) => eventId)}::uuid[]
    ) as d (id, webhook_id, event_id)
    join tenant.outbox o on o.id = d.event_id
    on conflict (workspace_id, webhook_id, event_id) do nothing`.execute(tx.db)
}

export async function markDispatched(tx: WorkspaceTx, eventIds: readonly Uuid[]): Promise<void> {
  await sql`update tenant.outbox set state = 'dispatched' where id = any(${[...eventIds]}::uuid[]) and state = 'pending'`.execute(
    tx.db,
  )
}

/** One that was removed is not there. */
export async function findEndpoint(tx: WorkspaceTx, id: Uuid): Promise<EndpointRow | undefined> {
  return tx.db
    .selectFrom('tenant.webhooks')
    .select((column) => [
      'id',
      'url',
      'ordered',
      'state',
      column.ref('hmac_credential_id').$notNull().as('hmacCredentialId'),
      'ed25519_credential_id as ed25519CredentialId',
      'consecutive_failures as consecutiveFailures',
      'failing_since as failingSince',
      'last_success_at as lastSuccessAt',
    ])
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .executeTakeFirst()
}

/** That delivery `d` is the first of its session, in the order of its events, that this endpoint is still owed. */
const isFirstOwed = sql`not exists (
  select from tenant.webhook_deliveries b
  where b.webhook_id = d.webhook_id and b.session_id = d.session_id and b.state = 'pending'
    and (b.event_created_at, b.event_id) < (d.event_created_at, d.event_id)
)`

/**
 * The URL of an endpoint whose row is locked now. First of all that is written about it, as operators do too: who locks it
 * after its deliveries waits for them while they wait for it.
 */
export async function lockEndpointUrl(tx: WorkspaceTx, id: Uuid): Promise<string | undefined> {
  const row = await tx.db
    .selectFrom('tenant.webhooks')
    .select('url')
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst()
  return row?.url
}

/**
 * Takes up to `limit` deliveries that are due, those longest due first. A row that another worker is taking is left to it.
 * Of a session whose events are wanted in order none is taken before an earlier one that is still owed, or not fanned out yet.
 */
export async function leaseDeliveries(
  tx: WorkspaceTx,
  lease: { webhookId: Uuid; ordered: boolean; now: Date; until: Date; limit: number },
): Promise<readonly LeasedRow[]> {
  const inOrder = lease.ordered
    ? sql`and (d.session_id is null or (${isFirstOwed} and not exists (
        select from tenant.outbox b
        where b.session_id = d.session_id and b.state = 'pending'
          and (b.created_at, b.id) < (d.event_created_at, d.event_id)
      )))`
    : sql``
  const { rows } = await sql<LeasedRow>`
    with due as (
      select d.id from tenant.webhook_deliveries d
      where d.webhook_id = ${lease.webhookId} and d.state = 'pending' and d.next_attempt_at <= ${lease.now} ${inOrder}
      order by d.next_attempt_at limit ${lease.limit} for update skip locked
    ), leased as (
      update tenant.webhook_deliveries d
      set next_attempt_at = ${lease.until}, first_attempt_at = coalesce(d.first_attempt_at, ${lease.now})
      from due where d.id = due.id
      returning d.id, d.event_id, d.attempt_count, d.first_attempt_at, d.event_created_at
    )
    select l.id, l.event_id as "eventId", l.attempt_count as "attemptCount", l.first_attempt_at as "firstAttemptAt",
      o.type, o.user_id as "userId", o.created_at as "createdAt", o.body
    from leased l join tenant.outbox o on o.id = l.event_id
    order by l.event_created_at, l.event_id`.execute(tx.db)
  return rows
}

/** Writes attempts that came to an end. One of an endpoint or a delivery that has gone meanwhile is left out. */
export async function insertAttempts(tx: WorkspaceTx, results: readonly ResultRow[]): Promise<void> {
  await sql`
    insert into tenant.webhook_attempts (workspace_id, id, delivery_id, webhook_id, event_id, attempt, outcome, status_code,
      error_code, duration_ms, answer, attempted_at)
    select d.workspace_id, r.id, d.id, d.webhook_id, d.event_id, r.attempt, r.outcome, r.status_code,
      r.error_code, r.duration_ms, r.answer, r.attempted_at
    from unnest(
      ${results.map(({ attemptId }) => attemptId)}::uuid[], ${results.map(({ deliveryId }) => deliveryId)}::uuid[],
      ${results.map(({ attempt }) => attempt)}::integer[], ${results.map(({ outcome }) => outcome)}::text[],
      ${results.map(({ statusCode }) => statusCode)}::integer[], ${results.map(({ errorCode }) => errorCode)}::text[],
      ${results.map(({ durationMs }) => durationMs)}::integer[], ${results.map(({ answer }) => answer)}::bytea[],
      ${results.map(({ attemptedAt }) => attemptedAt)}::timestamptz[]
    ) as r (id, delivery_id, attempt, outcome, status_code, error_code, duration_ms, answer, attempted_at)
    join tenant.webhook_deliveries d on d.id = r.delivery_id`.execute(tx.db)
}

/** A success counts whoever holds the delivery by now; a failure only while our lease is the last one. */
export async function updateDeliveries(tx: WorkspaceTx, results: readonly ResultRow[], now: Date): Promise<void> {
  await sql`
    update tenant.webhook_deliveries d
    set state = r.state, attempt_count = greatest(d.attempt_count, r.attempt), next_attempt_at = r.next_attempt_at,
      finished_at = case when r.state = 'pending' then null else ${now}::timestamptz end
    from unnest(
      ${results.map(({ deliveryId }) => deliveryId)}::uuid[], ${results.map(({ state }) => state)}::text[],
      ${results.map(({ attempt }) => attempt)}::integer[],
      ${results.map(({ nextAttemptAt }) => nextAttemptAt)}::timestamptz[],
      ${results.map(({ leasedUntil }) => leasedUntil)}::timestamptz[]
    ) as r (id, state, attempt, next_attempt_at, leased_until)
    where d.id = r.id and d.state = 'pending' and (r.state = 'delivered' or d.next_attempt_at = r.leased_until)`.execute(
    tx.db,
  )
}

/** Gives back deliveries that were leased and not sent, due again at `dueAt`. */
export async function postponeDeliveries(
  tx: WorkspaceTx,
  deliveries: readonly { readonly id: Uuid; readonly leasedUntil: Date; readonly dueAt: Date }[],
): Promise<void> {
  await sql`
    update tenant.webhook_deliveries d set next_attempt_at = r.due_at
    from unnest(
      ${deliveries.map(({ id }) => id)}::uuid[], ${deliveries.map(({ leasedUntil }) => leasedUntil)}::timestamptz[],
      ${deliveries.map(({ dueAt }) => dueAt)}::timestamptz[]
    ) as r (id, leased_until, due_at)
    where d.id = r.id and d.state = 'pending' and d.next_attempt_at = r.leased_until`.execute(tx.db)
}

/**
 * Counts attempts of an endpoint in the order in which they ended. `failuresAfter` are those since the last success among
 * them, or all of them where there was none.
 */
export async function updateHealth(
  tx: WorkspaceTx,
  id: Uuid,
  seen: { lastAttemptAt: Date; lastSuccessAt: Date | null; failuresAfter: number; firstFailureAt: Date | null },
): Promise<void> {
  const { lastAttemptAt, lastSuccessAt, failuresAfter, firstFailureAt } = seen
  await sql`
    update tenant.webhooks set
      last_attempt_at = greatest(last_attempt_at, ${lastAttemptAt}::timestamptz),
      last_success_at = greatest(last_success_at, ${lastSuccessAt}::timestamptz),
      consecutive_failures = case when ${lastSuccessAt}::timestamptz is null then consecutive_failures else 0 end
        + ${failuresAfter}::integer,
      failing_since = case when ${lastSuccessAt}::timestamptz is null
        then coalesce(failing_since, ${firstFailureAt}::timestamptz) else ${firstFailureAt}::timestamptz end
    where id = ${id}`.execute(tx.db)
}

/** Turns an enabled endpoint off. Undefined where it was not enabled, or where it is not `failingSinceBefore` long enough. */
export async function disableEndpoint(
  tx: WorkspaceTx,
  id: Uuid,
  why: { reason: 'failing'; now: Date; failingSinceBefore: Date } | { reason: 'gone'; now: Date },
): Promise<Pick<EndpointRow, 'url' | 'failingSince' | 'lastSuccessAt'> | undefined> {
  const disabling = tx.db
    .updateTable('tenant.webhooks')
    .set({ state: 'disabled', disabled_reason: why.reason, updated_at: why.now })
    .where('id', '=', id)
    .where('state', '=', 'enabled')
    .returning(['url', 'failing_since as failingSince', 'last_success_at as lastSuccessAt'])
  const disabled = why.reason === 'gone' ? disabling : disabling.where('failing_since', '<=', why.failingSinceBefore)
  return disabled.executeTakeFirst()
}

/** When something of the endpoint is next due. Of an ordered session only what comes first counts: the rest waits for it. */
export async function findNextDue(tx: WorkspaceTx, webhookId: Uuid, ordered: boolean): Promise<Date | undefined> {
  const first = ordered ? sql`and (d.session_id is null or ${isFirstOwed})` : sql``
  const { rows } = await sql<{ due: Date }>`
    select d.next_attempt_at as due from tenant.webhook_deliveries d
    join tenant.webhooks w on w.id = d.webhook_id and w.state = 'enabled'
    where d.webhook_id = ${webhookId} and d.state = 'pending' ${first}
    order by d.next_attempt_at limit 1`.execute(tx.db)
  return rows[0]?.due
}

/** Fails what has waited since before `before`, at an endpoint that is disabled for instance: its event is about to go. */
export async function failOldDeliveries(tx: WorkspaceTx, options: { before: Date; now: Date }): Promise<void> {
  await tx.db
    .updateTable('tenant.webhook_deliveries')
    .set({ state: 'failed', next_attempt_at: null, finished_at: options.now })
    .where('state', '=', 'pending')
    .where('event_created_at', '<', options.before)
    .execute()
}

/** Removes at most `limit` attempts that ended before `before`. Their ids are older than that, too, and an index is by them. Returns how many. */
export async function deleteOldAttempts(tx: WorkspaceTx, options: { before: Date; limit: number }): Promise<number> {
  const { rows } = await sql`
    with old as (
      select id from tenant.webhook_attempts
      where id < ${uuidFloor(options.before.getTime())} and attempted_at < ${options.before}
      order by id limit ${options.limit}
    )
    delete from tenant.webhook_attempts a using old where a.id = old.id returning 1`.execute(tx.db)
  return rows.length
}

/** The same for events of which nothing waits to be delivered; their deliveries go with them. */
export async function deleteOldEvents(tx: WorkspaceTx, options: { before: Date; limit: number }): Promise<number> {
  const { rows } = await sql`
    with old as (
      select o.id from tenant.outbox o
      where o.created_at < ${options.before} and o.state = 'dispatched' and not exists (
        select from tenant.webhook_deliveries d where d.event_id = o.id and d.state = 'pending'
      ) limit ${options.limit}
    )
    delete from tenant.outbox o using old where o.id = old.id returning 1`.execute(tx.db)
  return rows.length
}

/** Removes at most `limit` attempts at an endpoint that was removed. Returns how many. */
export async function deleteAttemptsOf(tx: WorkspaceTx, webhookId: Uuid, limit: number): Promise<number> {
  const { rows } = await sql`
    with part as (select id from tenant.webhook_attempts where webhook_id = ${webhookId} order by id desc limit ${limit})
    delete from tenant.webhook_attempts a using part where a.id = part.id returning 1`.execute(tx.db)
  return rows.length
}

/** The same for what it was owed. A row that a run of the endpoint still writes is left for later. */
export async function deleteDeliveriesOf(tx: WorkspaceTx, webhookId: Uuid, limit: number): Promise<number> {
  const { rows } = await sql`
    with part as (
      select id from tenant.webhook_deliveries where webhook_id = ${webhookId}
      order by id desc limit ${limit} for update skip locked
    )
    delete from tenant.webhook_deliveries d using part where d.id = part.id returning 1`.execute(tx.db)
  return rows.length
}

/** Whether there is an endpoint that was removed and of which something is left. */
export async function isRemoved(tx: WorkspaceTx, id: Uuid): Promise<boolean> {
  const row = await tx.db
    .selectFrom('tenant.webhooks')
    .select('id')
    .where('id', '=', id)
    .where('removed_at', 'is not', null)
    .executeTakeFirst()
  return row !== undefined
}

/** Removes the row of an endpoint that was removed, unless it is owed something. True when it is gone. */
export async function deleteRemovedEndpoint(tx: WorkspaceTx, id: Uuid): Promise<boolean> {
  const deleted = await tx.db
    .deleteFrom('tenant.webhooks')
    .where('id', '=', id)
    .where('removed_at', 'is not', null)
    .where((is) =>
      is.not(is.exists(is.selectFrom('tenant.webhook_deliveries').select('id').where('webhook_id', '=', id))),
    )
    .executeTakeFirst()
  return deleted.numDeletedRows > 0n
}

/** When the oldest attempt ended. */
export async function findOldestAttempt(tx: WorkspaceTx): Promise<Date | undefined> {
  const row = await tx.db
    .selectFrom('tenant.webhook_attempts')
    .select('attempted_at as oldest')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
  return row?.oldest
}

/** How many attempts ended before it. */
export async function countOldAttempts(tx: WorkspaceTx, before: Date): Promise<number> {
  const row = await tx.db
    .selectFrom('tenant.webhook_attempts')
    .select((eb) => eb.fn.countAll<string>().as('rows'))
    .where('id', '<', uuidFloor(before.getTime()))
    .where('attempted_at', '<', before)
    .executeTakeFirstOrThrow()
  return Number(row.rows)
}
