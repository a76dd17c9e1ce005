import { type ErrorCode, errorCatalogue } from '@hyponema/contract'

/** One wrong place in a request body: a JSON pointer (RFC 6901) and what to write instead. */
export type FieldError = { readonly pointer: string; readonly detail: string }

/** A failure with a code of the public catalogue. `detail` is for logs and operators; clients see the catalogue's title. */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  readonly errors: readonly FieldError[]
  readonly retryAfterSeconds: number | undefined

  constructor(
    code: ErrorCode,
    detail: string,
    options: { cause?: unknown; errors?: readonly FieldError[]; retryAfterSeconds?: number } = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.errors = options.errors ?? []
    this.retryAfterSeconds = options.retryAfterSeconds
  }

  get status(): number {
    return errorCatalogue[this.code].status
  }
}
