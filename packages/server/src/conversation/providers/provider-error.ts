import type { ErrorCode } from '@hyponema/contract'
import { AppError } from '../../kernel/app-error.ts'

/** Why a provider did not do what it was asked. */
export type ProviderErrorKind = 'auth' | 'quota' | 'rate' | 'timeout' | 'bad_request' | 'unavailable'

const codes = {
  auth: 'credential.rejected',
  quota: 'provider.quota',
  rate: 'provider.rate_limited',
  timeout: 'provider.timeout',
  bad_request: 'provider.bad_request',
  unavailable: 'provider.unavailable',
} as const satisfies Record<ProviderErrorKind, ErrorCode>

/** A provider's refusal or failure. `detail` may hold the provider's own words, redacted: for the operator's log, never for a client. */
export class ProviderError extends AppError {
  readonly kind: ProviderErrorKind

  constructor(kind: ProviderErrorKind, detail: string, options: { cause?: unknown; retryAfterSeconds?: number } = {}) {
    super(codes[kind], detail, options)
    this.kind = kind
  }
}
