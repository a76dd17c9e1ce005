/** The rows of webhooks as SQL gives them; part of `Tables`. */
import type {
  Uuid,
  WebhookDeliveryState,
  WebhookDisabledReason,
  WebhookOutcome,
  WebhookState,
} from '@hyponema/contract'
import type { ColumnType, Generated } from 'kysely'
import type { SealedContent } from '../crypto/sealed-content.ts'

type Webhooks = {
  workspace_id: Uuid
  id: Uuid
  url: string
  description: Generated<string>
  event_types: string[]
  ordered: Generated<boolean>
  state: ColumnType<WebhookState, WebhookState | undefined, WebhookState>
  disabled_reason: WebhookDisabledReason | null
  /** Null once it was removed. */
  hmac_credential_id: Uuid | null
  ed25519_credential_id: Uuid | null
  public_key: string | null
  verified_at: Date | null
  failing_since: Date | null
  last_success_at: Date | null
  last_attempt_at: Date | null
  consecutive_failures: Generated<number>
  created_by: string
  created_at: Generated<Date>
  updated_at: Generated<Date>
  removed_at: ColumnType<Date | null, undefined, Date>
}

type WebhookDeliveries = {
  workspace_id: Uuid
  id: Uuid
  webhook_id: Uuid
  event_id: Uuid
  session_id: Uuid | null
  event_created_at: Date
  state: ColumnType<WebhookDeliveryState, WebhookDeliveryState | undefined, WebhookDeliveryState>
  attempt_count: Generated<number>
  first_attempt_at: Date | null
  next_attempt_at: Date | null
  created_at: Generated<Date>
  finished_at: Date | null
}

type WebhookAttempts = {
  workspace_id: Uuid
  id: Uuid
  delivery_id: Uuid
  webhook_id: Uuid
  event_id: Uuid
  attempt: number
  outcome: WebhookOutcome
  status_code: number | null
  error_code: string | null
  duration_ms: number
  answer: SealedContent | null
  attempted_at: Generated<Date>
}

export type WebhookTables = {
  'tenant.webhooks': Webhooks
  'tenant.webhook_deliveries': WebhookDeliveries
  'tenant.webhook_attempts': WebhookAttempts
}
