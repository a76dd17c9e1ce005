import { AppError } from '../../kernel/app-error.ts'

/**
 * What a failed request throws: the reason of the signal when that ended it, an AppError as it is, or outbound.failed. The original
 * error is not kept as cause: it may hold headers or bytes of the answer.
 */
export function outboundFailure(cause: unknown, what: string, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason
  if (cause instanceof AppError) return cause
  const message = cause instanceof Error ? `${cause.name}: ${cause.message}` : 'unknown'
  return new AppError('outbound.failed', `${what} failed: ${message}`)
}
