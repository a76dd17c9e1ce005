import type { Uuid } from '@hyponema/contract'
import type { PlantedEndpoint } from '../delivery/plant-endpoint.ts'
import type { Api } from './api-harness.ts'

type DeliveryRow = {
  state: string
  attempt_count: number
  first_attempt_at: Date | null
  next_attempt_at: Date | null
  finished_at: Date | null
}
type AttemptRow = {
  attempt: number
  outcome: string
  status_code: number | null
  error_code: string | null
  answer: Buffer | null
  duration_ms: number
}
type WebhookRow = {
  state: string
  disabled_reason: string | null
  consecutive_failures: number
  failing_since: Date | null
  last_success_at: Date | null
}

/** What the database has of an endpoint that a test planted. */
export function webhookRows(api: Api) {
  return {
    deliveryOf: async (webhook: PlantedEndpoint, eventId: Uuid): Promise<DeliveryRow | undefined> => {
      const [row] = await api.ask<DeliveryRow>(
        'select * from tenant.webhook_deliveries where webhook_id = $1 and event_id = $2',
        [webhook.id, eventId],
      )
      return row
    },
    attemptsOf: (webhook: PlantedEndpoint): Promise<readonly AttemptRow[]> =>
      api.ask<AttemptRow>('select * from tenant.webhook_attempts where webhook_id = $1 order by id', [webhook.id]),
    webhookOf: async (webhook: PlantedEndpoint): Promise<WebhookRow | undefined> => {
      const [row] = await api.ask<WebhookRow>('select * from tenant.webhooks where id = $1', [webhook.id])
      return row
    },
  }
}
