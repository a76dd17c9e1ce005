import { APICallError } from '@ai-sdk/provider'
import { AppError } from '../../kernel/app-error.ts'
import { kindOfStatus, namesQuota } from './kind-of-status.ts'
import { ProviderError, type ProviderErrorKind } from './provider-error.ts'

/**
 * Turns whatever a provider library throws into one of our errors. The library's error is not kept as cause: it holds the whole
 * prompt. `redact` makes the provider's words fit for a log.
 */
export function classifyProviderFailure(cause: unknown, provider: string, redact: (words: string) => string): AppError {
  const ours = findAppError(cause)
  if (ours !== undefined) return fromAppError(ours)
  if (APICallError.isInstance(cause)) return fromAnswer(cause, provider, redact)
  // The library's message quotes what it could not read, which is the model's answer: conversation, not a provider's words.
  if (cause instanceof Error)
    return new ProviderError('unavailable', `${provider} sent an unreadable answer (${cause.name})`)
  return fromErrorChunk(cause, provider, redact)
}

function fromAnswer(answer: APICallError, provider: string, redact: (words: string) => string): ProviderError {
  const status = answer.statusCode ?? 0
  if (status < 400)
    return new ProviderError('unavailable', `${provider} answered ${status} with something else than a model's answer`)
  const words = redact(`${answer.message} ${answer.responseBody ?? ''}`)
  const retryAfterSeconds = readRetryAfter(answer.responseHeaders?.['retry-after'])
  const options = retryAfterSeconds === undefined ? {} : { retryAfterSeconds }
  return new ProviderError(kindOfStatus(status, words), `${provider} answered ${status}: ${words}`, options)
}

/** Libraries wrap what our fetch throws; the one inside is the truth. */
function findAppError(cause: unknown): AppError | undefined {
  let current = cause
  for (let depth = 0; depth < 8 && current instanceof Error; depth += 1) {
    if (current instanceof AppError) return current
    current = current.cause
  }
  return undefined
}

function fromAppError(error: AppError): AppError {
  switch (error.code) {
    case 'outbound.timeout':
      return new ProviderError('timeout', error.message, { cause: error })
    case 'outbound.failed':
    case 'outbound.too_large':
      return new ProviderError('unavailable', error.message, { cause: error })
    case 'outbound.budget_exceeded':
      return new ProviderError('rate', error.message, { cause: error })
    default:
      return error
  }
}

/** An error in the middle of a stream: `{ message, type, code }`, where OpenRouter's code is an HTTP status. */
function fromErrorChunk(chunk: unknown, provider: string, redact: (words: string) => string): ProviderError {
  const code = fieldOf(chunk, 'code')
  const name = `${text(code)} ${text(fieldOf(chunk, 'type'))}`
  const words = redact(`${name} ${text(fieldOf(chunk, 'message'))}`)
  return new ProviderError(kindOfChunk(code, name), `${provider} failed in mid-stream: ${words}`)
}

function kindOfChunk(code: unknown, name: string): ProviderErrorKind {
  const status = Number(code)
  if (Number.isInteger(status) && status >= 400 && status <= 599) return kindOfStatus(status, name)
  if (namesQuota(name)) return 'quota'
  if (/rate_limit/i.test(name)) return 'rate'
  if (/invalid_api_key|authentication|permission/i.test(name)) return 'auth'
  if (/timeout/i.test(name)) return 'timeout'
  return /invalid_request|context_length/i.test(name) ? 'bad_request' : 'unavailable'
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

/** Seconds only (RFC 9110, 10.2.3); a day at most. Providers of models send no dates. */
function readRetryAfter(value: string | undefined): number | undefined {
  if (value === undefined || !/^\d{1,9}$/.test(value)) return undefined
  return Math.min(Number(value), 86_400)
}
