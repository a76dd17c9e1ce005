import type {
  EventType,
  Uuid,
  WebhookDeliveryState,
  WebhookDisabledReason,
  WebhookOutcome,
  WebhookState,
} from '@hyponema/contract'
import { sql } from 'kysely'
import type { Cursor } from '../../kernel/cursor.ts'
import type { SealedContent } from '../../platform/crypto/sealed-content.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'

/**
 * Writes an event once: the same id again changes nothing. True when it has to be sent, which is when the workspace has an
 * endpoint that is enabled now; otherwise it is kept for a replay only.
 */
export async function insertEvent(
  tx: WorkspaceTx,
  event: {
    id: Uuid
    type: EventType
    userId: Uuid | null
    sessionId: Uuid | null
    body: SealedContent
    createdAt: Date
  },
): Promise<boolean> {
  const row = await tx.db
    .insertInto('tenant.outbox')
    .values((eb) => ({
      workspace_id: tx.workspaceId,
      id: event.id,
      type: event.type,
      user_id: event.userId,
      session_id: event.sessionId,
      body: event.body,
      created_at: event.createdAt,
      state: eb
        .case()
        .when(eb.exists(eb.selectFrom('tenant.webhooks').select('id').where('state', '=', 'enabled')))
        .then(eb.val<'pending' | 'dispatched'>('pending'))
        .else(eb.val<'pending' | 'dispatched'>('dispatched'))
        .end(),
    }))
    .onConflict((conflict) => conflict.columns(['workspace_id', 'id']).doNothing())
    .returning('state')
    .executeTakeFirst()
  return row?.state === 'pending'
}

/** Whether an event of this type has been written for the session of this person. */
export async function isRecorded(
  tx: WorkspaceTx,
  event: { type: EventType; userId: Uuid; sessionId: Uuid },
): Promise<boolean> {
  const row = await tx.db
    .selectFrom('tenant.outbox')
    .select('id')
    // By the person first, because that is what has an index.
    .where('user_id', '=', event.userId)
    .where('session_id', '=', event.sessionId)
    .where('type', '=', event.type)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

export type WebhookRow = {
  readonly id: Uuid
  readonly url: string
  readonly description: string
  readonly eventTypes: readonly string[]
  readonly ordered: boolean
  readonly state: WebhookState
  readonly disabledReason: WebhookDisabledReason | null
  readonly hmacCredentialId: Uuid
  readonly ed25519CredentialId: Uuid | null
  readonly publicKey: string | null
  readonly verifiedAt: Date | null
  readonly failingSince: Date | null
  readonly lastSuccessAt: Date | null
  readonly lastAttemptAt: Date | null
  readonly consecutiveFailures: number
  readonly createdBy: string
  readonly createdAt: Date
  readonly updatedAt: Date
}

const webhookColumns = [
  'id',
  'url',
  'description',
  'event_types as eventTypes',
  'ordered',
  'state',
  'disabled_reason as disabledReason',
  'ed25519_credential_id as ed25519CredentialId',
  'public_key as publicKey',
  'verified_at as verifiedAt',
  'failing_since as failingSince',
  'last_success_at as lastSuccessAt',
  'last_attempt_at as lastAttemptAt',
  'consecutive_failures as consecutiveFailures',
  'created_by as createdBy',
  'created_at as createdAt',
  'updated_at as updatedAt',
] as const

export async function insertWebhook(
  tx: WorkspaceTx,
  webhook: Pick<
    WebhookRow,
    | 'id'
    | 'url'
    | 'description'
    | 'eventTypes'
    | 'ordered'
    | 'hmacCredentialId'
    | 'ed25519CredentialId'
    | 'publicKey'
    | 'createdBy'
    | 'createdAt'
  >,
): Promise<void> {
  await tx.db
    .insertInto('tenant.webhooks')
    .values({
      workspace_id: tx.workspaceId,
      id: webhook.id,
      url: webhook.url,
      description: webhook.description,
      event_types: [...webhook.eventTypes],
      ordered: webhook.ordered,
      hmac_credential_id: webhook.hmacCredentialId,
      ed25519_credential_id: webhook.ed25519CredentialId,
      public_key: webhook.publicKey,
      created_by: webhook.createdBy,
      created_at: webhook.createdAt,
      updated_at: webhook.createdAt,
    })
    .execute()
}

/** One that was removed is nowhere but in the hands of the worker, which removes what is left of it. */
const present = (tx: WorkspaceTx) => tx.db.selectFrom('tenant.webhooks').where('removed_at', 'is', null)
const presentRows = (tx: WorkspaceTx) =>
  present(tx).select((its) => [...webhookColumns, its.ref('hmac_credential_id').$notNull().as('hmacCredentialId')])

export async function countWebhooks(tx: WorkspaceTx): Promise<number> {
  const { count } = await present(tx)
    .select((column) => column.fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

export async function findWebhook(tx: WorkspaceTx, id: Uuid): Promise<WebhookRow | undefined> {
  return presentRows(tx).where('id', '=', id).executeTakeFirst()
}

/** The endpoint with its row locked: changes, rotations and the end of it take their turn here. */
export async function lockWebhook(tx: WorkspaceTx, id: Uuid): Promise<WebhookRow | undefined> {
  return presentRows(tx).where('id', '=', id).forUpdate().executeTakeFirst()
}

/** Newest first. */
export async function listWebhooks(tx: WorkspaceTx, page: { cursor: Cursor; limit: number }): Promise<WebhookRow[]> {
  const query = presentRows(tx)
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
  return (page.cursor === undefined ? query : query.where('id', '<', page.cursor)).execute()
}

type Changeable =
  | 'url'
  | 'description'
  | 'eventTypes'
  | 'ordered'
  | 'state'
  | 'disabledReason'
  | 'publicKey'
  | 'verifiedAt'
  | 'failingSince'
  | 'consecutiveFailures'

/** Changes what is given and leaves the rest. */
export async function setWebhook(
  tx: WorkspaceTx,
  change: { readonly id: Uuid; readonly now: Date } & {
    readonly [Field in Changeable]?: WebhookRow[Field] | undefined
  },
): Promise<void> {
  await tx.db
    .updateTable('tenant.webhooks')
    .set({
      url: change.url,
      description: change.description,
      event_types: change.eventTypes === undefined ? undefined : [...change.eventTypes],
      ordered: change.ordered,
      state: change.state,
      disabled_reason: change.disabledReason,
      public_key: change.publicKey,
      verified_at: change.verifiedAt,
      failing_since: change.failingSince,
      consecutive_failures: change.consecutiveFailures,
      updated_at: change.now,
    })
    .where('id', '=', change.id)
    .execute()
}

/** Takes the endpoint out of everybody's sight and off its credentials, which are the caller's to delete. */
export async function setRemoved(tx: WorkspaceTx, { id, now }: { id: Uuid; now: Date }): Promise<void> {
  await tx.db
    .updateTable('tenant.webhooks')
    .set({ removed_at: now, state: 'disabled', disabled_reason: 'by_operator', updated_at: now })
    .set({ hmac_credential_id: null, ed25519_credential_id: null, public_key: null })
    .where('id', '=', id)
    .execute()
}

/** Writes an event that goes to one endpoint and to no other. */
export async function insertTestEvent(
  tx: WorkspaceTx,
  event: { id: Uuid; type: EventType; body: SealedContent; createdAt: Date; webhookId: Uuid },
): Promise<void> {
  await tx.db
    .insertInto('tenant.outbox')
    .values({
      workspace_id: tx.workspaceId,
      id: event.id,
      type: event.type,
      user_id: null,
      body: event.body,
      state: 'dispatched',
      created_at: event.createdAt,
      test_of: event.webhookId,
    })
    .execute()
}

/** An event that this endpoint may be sent: any but the tests of another one. */
export async function findSendableEvent(
  tx: WorkspaceTx,
  { eventId, webhookId }: { eventId: Uuid; webhookId: Uuid },
): Promise<Uuid | undefined> {
  const row = await tx.db
    .selectFrom('tenant.outbox')
    .select('id')
    .where('id', '=', eventId)
    .where((is) => is.or([is('test_of', 'is', null), is('test_of', '=', webhookId)]))
    .executeTakeFirst()
  return row?.id
}

/** Oldest first, without tests. */
export async function listEventsSince(
  tx: WorkspaceTx,
  page: { since: Date; types: readonly EventType[]; limit: number },
): Promise<readonly { readonly id: Uuid; readonly createdAt: Date }[]> {
  return tx.db
    .selectFrom('tenant.outbox')
    .select(['id', 'created_at as createdAt'])
    .where('created_at', '>=', page.since)
    .where('test_of', 'is', null)
    .where((is) => is('type', '=', is.fn.any(is.val([...page.types]))))
    .orderBy('created_at')
    .orderBy('id')
    .limit(page.limit)
    .execute()
}

/**
 * Makes events due for an endpoint as if they had never been tried, and returns how many. What is due within a minute stays
 * as it is: it may be on its way.
 */
export async function putDeliveries(
  tx: WorkspaceTx,
  due: { webhookId: Uuid; deliveries: readonly { readonly id: Uuid; readonly eventId: Uuid }[]; now: Date },
): Promise<number> {
  const { rows } = await sql<{ id: Uuid }>`
    insert into tenant.webhook_deliveries as d
      (workspace_id, id, webhook_id, event_id, session_id, event_created_at, next_attempt_at)
    select o.workspace_id, given.id, ${due.webhookId}::uuid, o.id, o.session_id, o.created_at, ${due.now}::timestamptz
    from unnest(
      ${due.deliveries.map(({ id }) => id)}::uuid[],
      ${due.deliveries.map(({ eventId }) => eventId)}::uuid[]
    ) as given (id, event_id)
    join tenant.outbox o on o.id = given.event_id
    on conflict (workspace_id, webhook_id, event_id) do update
      set state = 'pending', attempt_count = 0, first_attempt_at = null, finished_at = null,
        next_attempt_at = excluded.next_attempt_at
      where d.state <> 'pending' or d.next_attempt_at > excluded.next_attempt_at + interval '1 minute'
    returning d.id`.execute(tx.db)
  return rows.length
}

export type DeliveryRow = {
  readonly id: Uuid
  readonly eventId: Uuid
  readonly eventType: string
  readonly eventCreatedAt: Date
  readonly state: WebhookDeliveryState
  readonly attemptCount: number
  readonly firstAttemptAt: Date | null
  readonly nextAttemptAt: Date | null
  readonly createdAt: Date
  readonly finishedAt: Date | null
}

/** Newest first. */
export async function listDeliveries(
  tx: WorkspaceTx,
  page: { webhookId: Uuid; state: WebhookDeliveryState | undefined; cursor: Cursor; limit: number },
): Promise<DeliveryRow[]> {
  let query = tx.db
    .selectFrom('tenant.webhook_deliveries as d')
    .innerJoin('tenant.outbox as o', (join) =>
      join.onRef('o.workspace_id', '=', 'd.workspace_id').onRef('o.id', '=', 'd.event_id'),
    )
    .select([
      'd.id',
      'd.event_id as eventId',
      'o.type as eventType',
      'd.event_created_at as eventCreatedAt',
      'd.state',
      'd.attempt_count as attemptCount',
      'd.first_attempt_at as firstAttemptAt',
      'd.next_attempt_at as nextAttemptAt',
      'd.created_at as createdAt',
      'd.finished_at as finishedAt',
    ])
    .where('d.webhook_id', '=', page.webhookId)
    .orderBy('d.id', 'desc')
    .limit(page.limit + 1)
  if (page.state !== undefined) query = query.where('d.state', '=', page.state)
  if (page.cursor !== undefined) query = query.where('d.id', '<', page.cursor)
  return query.execute()
}

export type AttemptRow = {
  readonly id: Uuid
  readonly deliveryId: Uuid
  readonly eventId: Uuid
  readonly eventType: string
  /** Whose key the answer is sealed under; null for the workspace's. */
  readonly userId: Uuid | null
  readonly attempt: number
  readonly outcome: WebhookOutcome
  readonly statusCode: number | null
  readonly errorCode: string | null
  readonly durationMs: number
  readonly answer: SealedContent | null
  readonly attemptedAt: Date
}

/** Newest first. */
export async function listAttempts(
  tx: WorkspaceTx,
  page: { webhookId: Uuid; cursor: Cursor; limit: number },
): Promise<AttemptRow[]> {
  const query = tx.db
    .selectFrom('tenant.webhook_attempts as a')
    .innerJoin('tenant.outbox as o', (join) =>
      join.onRef('o.workspace_id', '=', 'a.workspace_id').onRef('o.id', '=', 'a.event_id'),
    )
    .select([
      'a.id',
      'a.delivery_id as deliveryId',
      'a.event_id as eventId',
      'o.type as eventType',
      'o.user_id as userId',
      'a.attempt',
      'a.outcome',
      'a.status_code as statusCode',
      'a.error_code as errorCode',
      'a.duration_ms as durationMs',
      'a.answer',
      'a.attempted_at as attemptedAt',
    ])
    .where('a.webhook_id', '=', page.webhookId)
    .orderBy('a.id', 'desc')
    .limit(page.limit + 1)
  return (page.cursor === undefined ? query : query.where('a.id', '<', page.cursor)).execute()
}

/** What an endpoint is owed of one event. */
export async function findDeliveryId(
  tx: WorkspaceTx,
  { webhookId, eventId }: { webhookId: Uuid; eventId: Uuid },
): Promise<Uuid | undefined> {
  const row = await tx.db
    .selectFrom('tenant.webhook_deliveries')
    .select('id')
    .where('webhook_id', '=', webhookId)
    .where('event_id', '=', eventId)
    .executeTakeFirst()
  return row?.id
}
