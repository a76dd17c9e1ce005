/**
 * Threat: an endpoint holds us, floods us or sends us elsewhere, or what it answers, or an error says, reaches whoever must not
 * read it.
 * Rule: one request through the outbound door, 15 s and 64 KiB for the whole, no redirect. Of the answer leave the status, the
 * wait that it asks for, and its first KiB, which the caller seals; of an error leaves its code alone.
 * On failure: an outcome that is no success, so that the delivery is tried again; what we did not send is no attempt.
 */
import type { Uuid, WebhookOutcome } from '@hyponema/contract'
import { AppError } from '../../kernel/app-error.ts'
import type { OutboundDoor } from '../../platform/outbound/outbound-door.ts'
import { readRetryAfter } from './read-retry-after.ts'

/** What one request came to. */
export type Attempted = {
  readonly outcome: WebhookOutcome
  readonly statusCode: number | null
  readonly errorCode: string | null
  /** The first KiB of the answer: content, because an endpoint may put anything about anybody into it. */
  readonly answer: string
  readonly retryAfterMs: number | undefined
}

/** Nothing was sent, or it is not known whether: not an attempt. */
export type NotAttempted = { readonly outcome: 'none'; readonly againInMs: number | undefined }

/** Long enough for an endpoint that writes to its own database, and the whole of what one may cost us. */
const attemptMs = 15_000
const maxAnswerBytes = 64 * 1024
const keptAnswerBytes = 1024

/** Sends one signed body. Only a 2xx that keeps to the limits is a success; a redirect is not followed. */
export async function sendAttempt(
  door: Pick<OutboundDoor, 'fetch'>,
  request: {
    readonly workspaceId: Uuid
    readonly onlyHosts: readonly string[] | null
    readonly url: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: Buffer
    /** Ends it when the worker stops; it was no attempt then. */
    readonly signal: AbortSignal
    readonly nowMs: () => number
  },
): Promise<Attempted | NotAttempted> {
  const { workspaceId, onlyHosts, url, body, signal } = request
  let response: Response | undefined
  try {
    response = await door.fetch(
      { url, method: 'POST', headers: { 'content-type': 'application/json', ...request.headers }, body, signal },
      {
        workspaceId,
        onlyHosts,
        limits: { firstByteMs: attemptMs, totalMs: attemptMs, maxResponseBytes: maxAnswerBytes },
      },
    )
    const answer = await readStart(response)
    const retryAfterMs = readRetryAfter(response.headers.get('retry-after'), request.nowMs())
    const outcome = response.ok ? 'succeeded' : 'status'
    return { outcome, statusCode: response.status, errorCode: null, answer, retryAfterMs }
  } catch (error) {
    if (signal.aborted) return { outcome: 'none', againInMs: undefined }
    return failed(error, response)
  }
}

function failed(error: unknown, response: Response | undefined): Attempted | NotAttempted {
  const code = error instanceof AppError ? error.code : 'outbound.failed'
  if (code === 'server.draining') return { outcome: 'none', againInMs: undefined }
  if (error instanceof AppError && code === 'outbound.budget_exceeded')
    return { outcome: 'none', againInMs: (error.retryAfterSeconds ?? 1) * 1000 }
  // What the error says stays in the log of the door: it may hold words of the other side, or names of the inside.
  return {
    outcome: outcomes[code] ?? 'unreachable',
    statusCode: response?.status ?? null,
    errorCode: code,
    answer: '',
    retryAfterMs: undefined,
  }
}

const outcomes: Readonly<Partial<Record<string, WebhookOutcome>>> = {
  'outbound.timeout': 'timeout',
  'outbound.address_refused': 'refused',
  'outbound.too_large': 'too_large',
}

/** Reads all of it, so that the connection can be used again, and keeps the start. */
async function readStart(response: Response): Promise<string> {
  if (response.body === null) return ''
  const kept: Uint8Array[] = []
  let keptBytes = 0
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader()
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    if (keptBytes >= keptAnswerBytes) continue
    kept.push(part.value)
    keptBytes += part.value.byteLength
  }
  return cutText(Buffer.concat(kept).toString('utf8'))
}

/** What was no UTF-8 has become longer by being readable; the cut is between two characters. */
function cutText(text: string): string {
  const bytes = Buffer.from(text, 'utf8')
  if (bytes.length <= keptAnswerBytes) return text
  let end = keptAnswerBytes
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return bytes.subarray(0, end).toString('utf8')
}
