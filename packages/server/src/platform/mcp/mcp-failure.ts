import { AppError } from '../../kernel/app-error.ts'
import { type CallFailureReason, callFailureReason } from '../outbound/call-failure-reason.ts'

/** Why a tool server gave nothing. `refused` is its own no, in its own words. */
export type McpFailureReason = CallFailureReason | 'http_status' | 'redirect' | 'bad_json' | 'credential' | 'refused'

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
  const reason = callFailureReason(error)
  if (reason !== undefined) return new McpFailure(reason, error.message)
  return error.code.startsWith('credential.') ? new McpFailure('credential', error.message) : undefined
}
