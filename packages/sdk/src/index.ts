export type { WebhookHeaders } from './read-signed-headers.ts'
export { type VerifyWebhookOptions, verifyWebhook } from './verify-webhook.ts'
export type { WebhookEvent, WebhookEventData } from './webhook-event.ts'
export { type WebhookVerificationCode, WebhookVerificationError } from './webhook-verification-error.ts'
