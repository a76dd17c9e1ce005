/**
 * Threat: a tool that hangs, drips, floods, redirects inwards or fails for a moment takes the turn with it, does its work twice,
 * or gets a key that is not meant for it.
 * Rule: one deadline for all repeats; at most two of them, only where a repeat does no harm, only where the failure may pass; each
 * carries the same Idempotency-Key. Redirects are answers and never followed. Addresses, keys and budgets are the door's.
 * On failure: a reason of the closed list, a sentence that a person may hear, and our own words for the operator.
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { Uuid } from '@hyponema/contract'
import { AppError } from '../../kernel/app-error.ts'
import { deadline } from '../../kernel/deadline.ts'
import { callFailureReason } from '../../platform/outbound/call-failure-reason.ts'
import type { SecretHeader } from '../../platform/outbound/lend-secret.ts'
import type { OutboundDoor, OutboundRequest } from '../../platform/outbound/outbound-door.ts'
import type { JsonValue, ToolReason, ToolReport, ToolRun } from './define-tool.ts'
import { maskSecrets } from './mask-secrets.ts'
import { maxAnswerBytes, readToolAnswer } from './read-tool-answer.ts'
import { refuseLength, renderResult } from './render-result.ts'
import { sentenceOfStatus, toolSentences, unknownWork } from './tool-sentences.ts'

export type HttpToolCall = {
  readonly door: Pick<OutboundDoor, 'fetch'>
  readonly workspaceId: Uuid
  readonly onlyHosts: readonly string[] | null
  readonly request: Pick<OutboundRequest, 'url' | 'method' | 'headers' | 'body'>
  /** Throws where there is no key for that place; then nothing is sent. */
  readonly secretHeader: () => SecretHeader | undefined
  readonly isIdempotent: boolean
  readonly timeoutMs: number
  /** When it aborts, nobody waits for the result. */
  readonly signal: AbortSignal
}

const maxRepeats = 2
/** Long enough for a process that is just being replaced, short enough for somebody who waits in silence. */
const backoffMs = [150, 600] as const
/** Later than that is another turn's business. */
const maxRetryAfterMs = 2_000

type Attempt =
  | {
      readonly ok: true
      readonly fields: Readonly<Record<string, JsonValue>>
      readonly report: Omit<ToolReport, 'attempts'>
    }
  | {
      readonly ok: false
      readonly reason: ToolReason
      readonly sentence: string
      readonly report: Omit<ToolReport, 'attempts'>
      /** Undefined where the same request would fail again. */
      readonly repeatAfterMs: number | undefined
    }

/** Calls a tool over HTTP, with repeats. Never throws. */
export async function callHttpTool(call: HttpToolCall): Promise<ToolRun> {
  const endsAtMs = performance.now() + call.timeoutMs
  const limit = deadline({ timeoutMs: call.timeoutMs, code: 'outbound.timeout', what: 'the tool', parent: call.signal })
  try {
    for (let attempts = 1; ; attempts += 1) {
      const attempt = await tryOnce(call, limit.signal, endsAtMs - performance.now())
      const pauseMs = attempt.ok || attempts > maxRepeats ? undefined : pauseBefore(attempt, attempts)
      const mayRepeat = pauseMs !== undefined && call.isIdempotent && performance.now() + pauseMs < endsAtMs
      if (!mayRepeat) return executed(attempt, attempts)
      await wait(pauseMs, undefined, { signal: limit.signal }).catch(() => undefined)
      if (limit.signal.aborted) return executed(attempt, attempts)
    }
  } finally {
    limit.clear()
  }
}

function pauseBefore(attempt: Attempt & { ok: false }, attempts: number): number | undefined {
  const own = backoffMs[attempts - 1] ?? 0
  return attempt.repeatAfterMs === undefined ? undefined : Math.max(own, attempt.repeatAfterMs)
}

function executed(attempt: Attempt, attempts: number): ToolRun {
  const report = { ...attempt.report, attempts }
  if (attempt.ok) return { kind: 'executed', result: { ok: true, fields: attempt.fields }, report }
  return {
    kind: 'executed',
    result: { ok: false, error: attempt.sentence },
    report: { ...report, reason: attempt.reason },
  }
}

async function tryOnce(call: HttpToolCall, signal: AbortSignal, leftMs: number): Promise<Attempt> {
  const { door, workspaceId, onlyHosts, request } = call
  const limits = { firstByteMs: leftMs, totalMs: leftMs, maxResponseBytes: maxAnswerBytes }
  let statusCode: number | undefined
  try {
    const secretHeader = call.secretHeader()
    const response = await door.fetch(
      { ...request, signal },
      { workspaceId, onlyHosts, limits, ...(secretHeader === undefined ? {} : { secretHeader }) },
    )
    statusCode = response.status
    if (response.status < 200 || response.status > 299) {
      await response.body?.cancel()
      return failedStatus(response)
    }
    const answer = await readToolAnswer(response)
    const { answerBytes } = answer
    if (!answer.ok) return failed('bad_json', { statusCode, answerBytes, problem: answer.problem })
    const tooLong = refuseLength(renderResult({ ok: true, fields: answer.fields }))
    if (tooLong !== undefined) return failed('too_large', { statusCode, answerBytes, problem: tooLong })
    const fields = maskSecrets(answer.fields, secretHeader?.secret)
    if (fields !== undefined) return { ok: true, fields, report: { statusCode, answerBytes } }
    return failed('credential', { statusCode, answerBytes, problem: 'the answer could hold the key and was withheld' })
  } catch (error) {
    const known = statusCode === undefined ? {} : { statusCode }
    return failedCall(error, { known, isIdempotent: call.isIdempotent })
  }
}

function failedStatus(response: Response): Attempt {
  const { status: statusCode } = response
  const problem = `answered with status ${statusCode}`
  if (statusCode < 400) return failed('redirect', { statusCode, problem: `${problem}; redirects are not followed` })
  const sentence = sentenceOfStatus(statusCode)
  const mayPass = statusCode === 429 || (statusCode >= 502 && statusCode <= 504)
  return failed(
    'http_status',
    { statusCode, problem },
    { sentence, repeatAfterMs: mayPass ? retryAfterMs(response) : undefined },
  )
}

/** Undefined where it asks for more patience than a call has. */
function retryAfterMs(response: Response): number | undefined {
  const header = response.headers.get('retry-after') ?? '0'
  const waitMs = /^\d{1,6}$/.test(header) ? Number(header) * 1000 : Number.POSITIVE_INFINITY
  return waitMs > maxRetryAfterMs ? undefined : waitMs
}

function failedCall(
  error: unknown,
  { known, isIdempotent }: { known: { readonly statusCode?: number }; isIdempotent: boolean },
): Attempt {
  const problem = (error instanceof AppError ? error.message : 'the call failed unexpectedly').slice(0, 300)
  const reason = reasonOf(error)
  const isUnknown = !isIdempotent && (reason === 'timeout' || reason === 'network')
  return failed(
    reason,
    { ...known, problem },
    {
      sentence: isUnknown ? `${toolSentences[reason]} ${unknownWork}` : toolSentences[reason],
      repeatAfterMs: reason === 'network' ? 0 : undefined,
    },
  )
}

function reasonOf(error: unknown): ToolReason {
  if (!(error instanceof AppError)) return 'network'
  const isAboutKey = error.code.startsWith('credential.') || error.code.startsWith('keyring.')
  return callFailureReason(error) ?? (isAboutKey ? 'credential' : 'network')
}

function failed(
  reason: ToolReason,
  report: Omit<ToolReport, 'attempts' | 'reason'>,
  { sentence = toolSentences[reason], repeatAfterMs }: { sentence?: string; repeatAfterMs?: number | undefined } = {},
): Attempt {
  return { ok: false, reason, sentence, report, repeatAfterMs }
}
