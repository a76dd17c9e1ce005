import { AppError } from '../../kernel/app-error.ts'

/** Why a tool server gave nothing. `refused` is its own no, in its own words. */
export type McpFailureReason =
  | 'timeout'
  | 'http_status'
  | 'redirect'
  | 'too_large'
  | 'bad_json'
  | 'refused_address'
  | 'network'
  | 'budget'
  | 'credential'
  | 'refused'

/**
 * What a tool server did instead of answering. The message is in our words; what the server said itself stands in
 * `untrustedWords` and nowhere else.
 */
export class McpFailure extends Error {
  override readonly name = 'McpFailure'
  readonly reason: McpFailureReason
  readonly statusCode: number | undefined
  readonly untrustedWords: string | undefined

  constructor(
    reason: McpFailureReason,
    message: string,
    options: { readonly statusCode?: number; readonly untrustedWords?: string } = {},
  ) {
    super(message)
    this.reason = reason
    this.statusCode = options.statusCode
    this.untrustedWords = options.untrustedWords
  }
}

/** What the outbound door threw, as a failure of the tool server. Undefined for what is no failure of an exchange. */
export function failureOfDoor(error: unknown): McpFailure | undefined {
  if (error instanceof McpFailure) return error
  if (!(error instanceof AppError)) return undefined
  const reason = doorReasons[error.code]
  if (reason !== undefined) return new McpFailure(reason, error.message)
  return error.code.startsWith('credential.') ? new McpFailure('credential', error.message) : undefined
}

const doorReasons: Readonly<Partial<Record<AppError['code'], McpFailureReason>>> = {
  'outbound.timeout': 'timeout',
  'outbound.too_large': 'too_large',
  'outbound.address_refused': 'refused_address',
  'outbound.budget_exceeded': 'budget',
  'outbound.failed': 'network',
  'server.draining': 'network',
}
