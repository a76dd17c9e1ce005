import { encodeId, type Uuid, type WebhookDeliveryState } from '@hyponema/contract'
import type { ContentKey, ContentKeys } from '../../guards/content-keys.ts'
import { writeAuditEvent } from '../../guards/write-audit-event.ts'
import type { NewId } from '../../kernel/new-id.ts'
import type { SealedContent } from '../../platform/crypto/sealed-content.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { recordEvent } from '../webhooks/public.ts'
import { findNextAttempt } from './find-next-attempt.ts'
import type { Attempted } from './send-attempt.ts'
import {
  disableEndpoint,
  insertAttempts,
  type LeasedRow,
  lockEndpointUrl,
  type ResultRow,
  updateDeliveries,
  updateHealth,
} from './store.ts'

/** An attempt that came to an end. */
export type Finished = {
  readonly delivery: Pick<LeasedRow, 'id' | 'attemptCount' | 'firstAttemptAt' | 'userId'> & {
    readonly leasedUntil: Date
  }
  /** To which it was sent: the endpoint may have another one by now. */
  readonly url: string
  readonly attempted: Attempted
  readonly beganAtMs: number
  readonly endedAtMs: number
}

/** An endpoint that was just turned off, for those who look after it. */
export type Disabled = { readonly webhookId: Uuid; readonly url: string; readonly reason: 'failing' | 'gone' }

export type ResultParts = { readonly contentKeys: ContentKeys; readonly newId: NewId; readonly random: () => number }

/** An endpoint that has failed for so long without one success is turned off. */
const longestFailingMs = 5 * 24 * 60 * 60 * 1000
const gone = 410

/**
 * Writes what came of attempts at one endpoint, in the order in which they ended, and turns it off where that is due. What a
 * URL answered that the endpoint has no longer says nothing about the endpoint: who had it must not turn off its successor.
 */
export async function recordResults(
  tx: WorkspaceTx,
  parts: ResultParts,
  options: { webhookId: Uuid; finished: readonly Finished[]; nowMs: number },
): Promise<Disabled | undefined> {
  const { webhookId, finished, nowMs } = options
  const now = new Date(nowMs)
  const url = await lockEndpointUrl(tx, webhookId)
  const answers = await sealAnswers(tx, parts, finished)
  const results = finished.map((one, at) => resultOf(one, answers[at], { ...parts, isLast: isGone(one, url) }))
  await Promise.all([insertAttempts(tx, results), updateDeliveries(tx, results, now)])
  const telling = finished.filter((one) => one.url === url)
  if (telling.length === 0) return undefined
  await updateHealth(tx, webhookId, healthOf(telling))
  if (telling.some((one) => isGone(one, url))) return turnOff(tx, parts, { webhookId, now, reason: 'gone' })
  return telling.at(-1)?.attempted.outcome === 'succeeded'
    ? undefined
    : turnOffWhenFailing(tx, parts, { webhookId, now })
}

/** Turns the endpoint off when it has failed for five days. */
export function turnOffWhenFailing(
  tx: WorkspaceTx,
  parts: Omit<ResultParts, 'random'>,
  { webhookId, now }: { webhookId: Uuid; now: Date },
): Promise<Disabled | undefined> {
  return turnOff(tx, parts, { webhookId, now, reason: 'failing' })
}

async function turnOff(
  tx: WorkspaceTx,
  { contentKeys, newId }: Omit<ResultParts, 'random'>,
  { webhookId, now, reason }: { webhookId: Uuid; now: Date; reason: Disabled['reason'] },
): Promise<Disabled | undefined> {
  const failingSinceBefore = new Date(now.getTime() - longestFailingMs)
  const row = await disableEndpoint(
    tx,
    webhookId,
    reason === 'gone' ? { reason, now } : { reason, now, failingSinceBefore },
  )
  if (row === undefined) return undefined
  const clock = { nowMs: () => now.getTime() }
  const actor = { kind: 'system', id: 'worker' } as const
  await writeAuditEvent(
    tx,
    { clock, newId, actor },
    { action: 'webhook.disabled', target: { kind: 'webhook', id: webhookId }, after: { state: 'disabled', reason } },
  )
  await recordEvent(tx, {
    id: newId(),
    type: 'webhook.disabled',
    userId: null,
    sessionId: null,
    contentKeys,
    createdAt: now,
    data: {
      webhook_id: encodeId('webhook', webhookId),
      reason,
      failing_since: row.failingSince?.toISOString() ?? null,
      last_success_at: row.lastSuccessAt?.toISOString() ?? null,
    },
  })
  return { webhookId, url: row.url, reason }
}

function isGone({ attempted, url }: Finished, urlNow: string | undefined): boolean {
  return attempted.statusCode === gone && url === urlNow
}

function resultOf(
  { delivery, attempted, beganAtMs, endedAtMs }: Finished,
  sealed: { attemptId: Uuid; answer: SealedContent | null } | undefined,
  { newId, random, isLast }: ResultParts & { readonly isLast: boolean },
): ResultRow {
  const { outcome, statusCode, errorCode, retryAfterMs } = attempted
  const attempt = delivery.attemptCount + 1
  const { firstAttemptAt, leasedUntil } = delivery
  const next =
    outcome === 'succeeded' || isLast
      ? undefined
      : findNextAttempt({ attempt, firstAttemptAt, nowMs: endedAtMs, retryAfterMs, random })
  const state: WebhookDeliveryState = outcome === 'succeeded' ? 'delivered' : next === undefined ? 'failed' : 'pending'
  return {
    attemptId: sealed?.attemptId ?? newId(),
    deliveryId: delivery.id,
    attempt,
    outcome,
    statusCode,
    errorCode,
    durationMs: Math.max(0, Math.round(endedAtMs - beganAtMs)),
    answer: sealed?.answer ?? null,
    attemptedAt: new Date(beganAtMs),
    state,
    nextAttemptAt: next ?? null,
    leasedUntil,
  }
}

function healthOf(finished: readonly Finished[]): Parameters<typeof updateHealth>[2] {
  const lastSuccess = finished.findLastIndex(({ attempted }) => attempted.outcome === 'succeeded')
  const failures = finished.slice(lastSuccess + 1)
  const endOf = (one: Finished | undefined): Date | null => (one === undefined ? null : new Date(one.endedAtMs))
  return {
    lastAttemptAt: new Date(Math.max(...finished.map(({ beganAtMs }) => beganAtMs))),
    lastSuccessAt: endOf(finished[lastSuccess]),
    failuresAfter: failures.length,
    firstFailureAt: endOf(failures[0]),
  }
}

/** Under the key of the event that was delivered. Where that person was erased meanwhile, nothing is kept. */
async function sealAnswers(
  tx: WorkspaceTx,
  { contentKeys, newId }: ResultParts,
  finished: readonly Finished[],
): Promise<readonly { attemptId: Uuid; answer: SealedContent | null }[]> {
  const answered = finished.filter(({ attempted }) => attempted.answer !== '')
  const unwrap = await contentKeys.forUsers(
    tx,
    answered.map(({ delivery }) => delivery.userId),
  )
  const keys = new Map<Uuid | null, ContentKey>([...unwrap].map(([userId, open]) => [userId, open()]))
  if (answered.some(({ delivery }) => delivery.userId === null)) keys.set(null, await contentKeys.forWorkspace(tx))
  try {
    return finished.map(({ delivery, attempted }) => {
      const attemptId = newId()
      const key = attempted.answer === '' ? undefined : keys.get(delivery.userId)
      const answer = key?.seal({ table: 'webhook_attempts', column: 'answer', rowId: attemptId }, attempted.answer)
      return { attemptId, answer: answer ?? null }
    })
  } finally {
    for (const key of keys.values()) key.destroy()
  }
}
