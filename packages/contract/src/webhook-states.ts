export const webhookStates = ['unverified', 'enabled', 'disabled'] as const
export type WebhookState = (typeof webhookStates)[number]

/** Who or what ended it: an operator, five days of failures, or the endpoint itself with 410. */
export const webhookDisabledReasons = ['by_operator', 'failing', 'gone'] as const
export type WebhookDisabledReason = (typeof webhookDisabledReasons)[number]

export const webhookDeliveryStates = ['pending', 'delivered', 'failed'] as const
export type WebhookDeliveryState = (typeof webhookDeliveryStates)[number]

/** What came of one request; only `succeeded` (a 2xx within the limits) ends a delivery well. */
export const webhookOutcomes = ['succeeded', 'status', 'timeout', 'refused', 'unreachable', 'too_large'] as const
export type WebhookOutcome = (typeof webhookOutcomes)[number]
