/**
 * Threat: a repeated request makes a second session, key or agent.
 * Rule: a key is claimed by an insert in the transaction of its mutation; the unique index decides between two requests.
 * On failure: see mutations.ts; a key that cannot be claimed lets nothing run.
 */
import type { Uuid } from '@hyponema/contract'
import { sql } from 'kysely'
import { AppError } from '../kernel/app-error.ts'
import type { Clock } from '../kernel/clock.ts'
import { hasCode } from '../kernel/has-code.ts'
import type { WorkspaceTx } from '../platform/postgres/workspace-tx.ts'

export type ClaimedKey = {
  readonly principal: string
  readonly route: string
  readonly key: string
  readonly requestSha256: Buffer
}

export type EarlierRequest = { readonly sameRequest: boolean; readonly madeId: Uuid | null }

/** A key is remembered for a day; at most 20 old ones go with each new one, so that no job has to, and no old one counts. */
const keptMs = 24 * 60 * 60 * 1000
const purgedAtOnce = 20

/**
 * Claims a key in the transaction of its mutation: undefined means that this is the first request. While another
 * transaction holds the same key uncommitted, PostgreSQL waits for it; the wait ends in idempotency.in_progress.
 */
export async function claimIdempotencyKey(
  tx: WorkspaceTx,
  key: ClaimedKey,
  clock: Clock,
): Promise<EarlierRequest | undefined> {
  const now = new Date(clock.nowMs())
  const before = new Date(clock.nowMs() - keptMs)
  await purgeOld(tx, before)
  const isFirst = await insertKey(tx, key, { now, before }).catch((error: unknown) => {
    if (!isLockTimeout(error)) throw error
    throw new AppError('idempotency.in_progress', 'another request holds this key', {
      cause: error,
      retryAfterSeconds: 1,
    })
  })
  if (isFirst) return undefined
  const row = await tx.db
    .selectFrom('tenant.idempotency_keys')
    .select(['request_sha256', 'made_id'])
    .where('principal', '=', key.principal)
    .where('route', '=', key.route)
    .where('key', '=', key.key)
    .executeTakeFirstOrThrow()
  return { sameRequest: row.request_sha256.equals(key.requestSha256), madeId: row.made_id }
}

/** SQLSTATE 55P03: another transaction has the row and did not end within the login's lock timeout. */
export function isLockTimeout(error: unknown): boolean {
  return hasCode(error, '55P03')
}

/** True when this transaction is the first with the key, or the first after the earlier one was forgotten. */
async function insertKey(tx: WorkspaceTx, key: ClaimedKey, time: { now: Date; before: Date }): Promise<boolean> {
  const fresh = { request_sha256: key.requestSha256, status: null, made_id: null, created_at: time.now }
  const inserted = await tx.db
    .insertInto('tenant.idempotency_keys')
    .values({ workspace_id: tx.workspaceId, principal: key.principal, route: key.route, key: key.key, ...fresh })
    .onConflict((conflict) =>
      conflict
        .columns(['workspace_id', 'principal', 'route', 'key'])
        .doUpdateSet(fresh)
        .where(sql.ref('idempotency_keys.created_at'), '<', time.before),
    )
    .returning('key')
    .executeTakeFirst()
  return inserted !== undefined
}

export async function finishIdempotencyKey(
  tx: WorkspaceTx,
  key: ClaimedKey,
  made: { id: Uuid | null; status: number },
): Promise<void> {
  await tx.db
    .updateTable('tenant.idempotency_keys')
    .set({ status: made.status, made_id: made.id })
    .where('principal', '=', key.principal)
    .where('route', '=', key.route)
    .where('key', '=', key.key)
    .execute()
}

async function purgeOld(tx: WorkspaceTx, before: Date): Promise<void> {
  const old = tx.db
    .selectFrom('tenant.idempotency_keys')
    .select(['principal', 'route', 'key'])
    .where('created_at', '<', before)
    .limit(purgedAtOnce)
    .forUpdate()
    .skipLocked()
  await tx.db
    .deleteFrom('tenant.idempotency_keys as kept')
    .using(old.as('old'))
    .whereRef('kept.principal', '=', 'old.principal')
    .whereRef('kept.route', '=', 'old.route')
    .whereRef('kept.key', '=', 'old.key')
    .execute()
}
