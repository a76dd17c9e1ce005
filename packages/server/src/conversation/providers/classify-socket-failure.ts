import { AppError } from '../../kernel/app-error.ts'
import { OutboundSocketRefused } from '../../platform/outbound/outbound-socket-refused.ts'
import { kindOfStatus } from './kind-of-status.ts'
import { ProviderError } from './provider-error.ts'

/** Turns what `openSocket` throws, or why the door cut a socket, into one of our errors. `redact` makes words fit for a log. */
export function classifySocketFailure(cause: unknown, provider: string, redact: (words: string) => string): AppError {
  if (cause instanceof OutboundSocketRefused) return fromRefusal(cause, provider, redact)
  if (!(cause instanceof AppError)) return new ProviderError('unavailable', `${provider} could not be reached`)
  switch (cause.code) {
    case 'outbound.timeout':
      return new ProviderError('timeout', cause.message, { cause })
    case 'outbound.failed':
    case 'outbound.too_large':
      return new ProviderError('unavailable', cause.message, { cause })
    case 'outbound.budget_exceeded':
      return new ProviderError('rate', cause.message, { cause })
    default:
      return cause
  }
}

/** The refusal itself is not kept as cause: it holds words that nobody has redacted. */
function fromRefusal(
  refusal: OutboundSocketRefused,
  provider: string,
  redact: (words: string) => string,
): ProviderError {
  const { httpStatus, retryAfterSeconds } = refusal
  const words = redact(refusal.readUntrustedWords())
  return new ProviderError(kindOfStatus(httpStatus, words), `${provider} answered ${httpStatus}: ${words}`, {
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  })
}
