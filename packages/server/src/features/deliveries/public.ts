export { createDeliveries, type Deliveries } from './create-deliveries.ts'
export type { Disabled } from './record-results.ts'
export { removeEndpoint } from './remove-endpoint.ts'
export { sendDisabledMail } from './send-disabled-mail.ts'
