import { hasSignature } from './has-signature.ts'
import { readSignedHeaders, type WebhookHeaders } from './read-signed-headers.ts'
import { readWebhookKeys } from './read-webhook-keys.ts'
import type { WebhookEvent } from './webhook-event.ts'
import { WebhookVerificationError } from './webhook-verification-error.ts'

export type VerifyWebhookOptions = {
  readonly headers: WebhookHeaders
  /** What was received, before anything has parsed it. Bytes are best: a text has been decoded by somebody already. */
  readonly body: Uint8Array | string
  /** `whsec_...`, one or, while a secret is being rotated, several. For `v1`. */
  readonly secrets?: string | readonly string[]
  /** `whpk_...`, one or several. For `v1a`. */
  readonly publicKeys?: string | readonly string[]
  /** How far the time of sending may be from `now`, both ways; 300 unless said, 86400 at most. */
  readonly toleranceSeconds?: number
  readonly now?: Date
}

/** Every attempt has a time of its own, so there is no reason to take one that is older than a day. */
const maxToleranceSeconds = 86_400

/**
 * The event of a request, once it is proved that it was sent by who has the key, now, and as it is. An event may come more
 * than once (at least once is what is promised); its `id` stays the same. Branch over `type`, and answer 2xx to types that
 * you do not know: a newer server may send them.
 *
 * Throws {@link WebhookVerificationError}: answer it with a 4xx, and do nothing of what the request says.
 */
export function verifyWebhook(options: VerifyWebhookOptions): WebhookEvent {
  const keys = readWebhookKeys({ secrets: options.secrets ?? [], publicKeys: options.publicKeys ?? [] })
  const clock = readClock(options)
  const headers = readSignedHeaders(options.headers)
  const body = bytesOf(options.body)
  if (Math.abs(clock.nowSeconds - Number(headers.timestamp)) > clock.toleranceSeconds)
    throw new WebhookVerificationError('timestamp_out_of_tolerance', 'webhook-timestamp is too far from now')
  if (!hasSignature(headers, body, keys))
    throw new WebhookVerificationError('signature_mismatch', 'no signature of webhook-signature is of one of the keys')
  return readEvent(body, headers.id)
}

function readClock({ now = new Date(), toleranceSeconds = 300 }: VerifyWebhookOptions) {
  const nowSeconds = Math.floor(now.getTime() / 1000)
  // A comparison with what is no number would let every time pass.
  if (!Number.isFinite(nowSeconds)) throw new WebhookVerificationError('options_invalid', 'now is no time')
  if (!(toleranceSeconds >= 0 && toleranceSeconds <= maxToleranceSeconds))
    throw new WebhookVerificationError('options_invalid', `toleranceSeconds is from 0 to ${maxToleranceSeconds}`)
  return { nowSeconds, toleranceSeconds }
}

function bytesOf(body: Uint8Array | string): Uint8Array {
  if (typeof body !== 'string') {
    if (body instanceof Uint8Array) return body
    throw new WebhookVerificationError(
      'options_invalid',
      'body is bytes or text as received, not what was parsed from it',
    )
  }
  // Half a surrogate pair has no bytes; it would be replaced, and something else be verified than is returned.
  if (!body.isWellFormed()) throw new WebhookVerificationError('body_invalid', 'the body is no text')
  return Buffer.from(body, 'utf8')
}

/** Signed, so it is what the server sent; what is looked at is that this is an event, and the one of `webhook-id`. */
function readEvent(body: Uint8Array, id: string): WebhookEvent {
  const parsed = parse(body)
  if (!isEvent(parsed) || parsed.id !== id)
    throw new WebhookVerificationError('body_invalid', 'the body is not the event of webhook-id')
  return parsed
}

function parse(body: Uint8Array): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
    const parsed: unknown = JSON.parse(text)
    return parsed
  } catch {
    throw new WebhookVerificationError('body_invalid', 'the body is no JSON in UTF-8')
  }
}

function isEvent(value: unknown): value is WebhookEvent {
  if (!isRecord(value)) return false
  const { id, type, created_at: createdAt, data } = value
  const isNamed = typeof id === 'string' && typeof type === 'string' && typeof createdAt === 'string'
  return isNamed && (isRecord(data) || (data === null && value['erased'] === true))
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
