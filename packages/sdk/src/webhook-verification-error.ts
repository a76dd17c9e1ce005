/** Why a request is not taken for a webhook of ours. `options_*` are mistakes of the caller, all others are about the request. */
export const webhookVerificationCodes = [
  'options_invalid',
  'header_missing',
  'header_invalid',
  'timestamp_out_of_tolerance',
  'signature_mismatch',
  'body_invalid',
] as const
export type WebhookVerificationCode = (typeof webhookVerificationCodes)[number]

/** Thrown by `verifyWebhook`. Its message names what is wrong and repeats neither a secret nor anything of the request. */
export class WebhookVerificationError extends Error {
  readonly code: WebhookVerificationCode

  constructor(code: WebhookVerificationCode, message: string) {
    super(message)
    this.name = 'WebhookVerificationError'
    this.code = code
  }
}
