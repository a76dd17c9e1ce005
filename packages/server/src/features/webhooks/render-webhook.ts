import {
  type createdWebhookSchema,
  encodeId,
  type WebhookChallengeOutcome,
  type webhookAttemptSchema,
  type webhookDeliverySchema,
  type webhookSchema,
  type webhookVerificationSchema,
} from '@hyponema/contract'
import type { z } from 'zod'
import type { AttemptRow, DeliveryRow, WebhookRow } from './store.ts'

export function renderWebhook(row: WebhookRow): z.infer<typeof webhookSchema> {
  return {
    id: encodeId('webhook', row.id),
    url: row.url,
    description: row.description,
    event_types: [...row.eventTypes],
    ordered: row.ordered,
    state: row.state,
    disabled_reason: row.disabledReason,
    public_key: row.publicKey,
    verified_at: row.verifiedAt?.toISOString() ?? null,
    failing_since: row.failingSince?.toISOString() ?? null,
    last_success_at: row.lastSuccessAt?.toISOString() ?? null,
    last_attempt_at: row.lastAttemptAt?.toISOString() ?? null,
    consecutive_failures: row.consecutiveFailures,
    created_by: row.createdBy,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  }
}

/** With the secret that this request made; a request that repeats it knows it no more than anybody. */
export function renderWithSecret(row: WebhookRow, secret: string | undefined): z.infer<typeof createdWebhookSchema> {
  const shown = secret === undefined ? { secret: null, secret_already_shown: true } : { secret }
  return { ...renderWebhook(row), ...shown }
}

/** `result` is undefined in the answer to a repeat, which sends no challenge. */
export function renderVerification(
  row: WebhookRow,
  result: { outcome: WebhookChallengeOutcome; statusCode: number | null; detail: string } | undefined,
): z.infer<typeof webhookVerificationSchema> {
  return {
    verified: result === undefined ? row.verifiedAt !== null : result.outcome === 'succeeded',
    outcome: result?.outcome ?? null,
    status_code: result?.statusCode ?? null,
    detail: result?.detail ?? 'This request was made before; no challenge was sent again.',
    webhook: renderWebhook(row),
  }
}

export function renderDelivery(row: DeliveryRow): z.infer<typeof webhookDeliverySchema> {
  return {
    id: encodeId('delivery', row.id),
    event_id: encodeId('event', row.eventId),
    event_type: row.eventType,
    event_created_at: row.eventCreatedAt.toISOString(),
    state: row.state,
    attempt_count: row.attemptCount,
    first_attempt_at: row.firstAttemptAt?.toISOString() ?? null,
    next_attempt_at: row.nextAttemptAt?.toISOString() ?? null,
    created_at: row.createdAt.toISOString(),
    finished_at: row.finishedAt?.toISOString() ?? null,
  }
}

export function renderAttempt(row: AttemptRow, answer: string | null): z.infer<typeof webhookAttemptSchema> {
  return {
    id: encodeId('attempt', row.id),
    delivery_id: encodeId('delivery', row.deliveryId),
    event_id: encodeId('event', row.eventId),
    event_type: row.eventType,
    attempt: row.attempt,
    outcome: row.outcome,
    status_code: row.statusCode,
    error_code: row.errorCode,
    duration_ms: row.durationMs,
    answer,
    attempted_at: row.attemptedAt.toISOString(),
  }
}
