/** The rows of escalations as SQL gives them; part of `Tables`. */
import type { EscalationOutcome, EscalationState, UnansweredAction, Uuid } from '@hyponema/contract'
import type { ColumnType, Generated } from 'kysely'
import type { SealedContent } from '../crypto/sealed-content.ts'

type Escalations = {
  workspace_id: Uuid
  id: Uuid
  session_id: Uuid
  user_id: Uuid
  agent_id: Uuid
  decision_id: Uuid
  rule_id: string | null
  queue: string
  priority: number
  reason: string
  state: ColumnType<EscalationState, EscalationState | undefined, EscalationState>
  is_within_hours: Generated<boolean>
  on_unanswered: UnansweredAction
  created_at: Generated<Date>
  due_at: Date
  claimed_by: string | null
  claimed_at: Date | null
  resolved_by: string | null
  resolved_at: Date | null
  outcome: EscalationOutcome | null
  fallback: UnansweredAction | null
  attended_at: Date | null
}

type EscalationMessages = {
  workspace_id: Uuid
  id: Uuid
  escalation_id: Uuid
  author: string
  content: SealedContent
  created_at: Generated<Date>
  turn_id: Uuid | null
  delivered_at: Date | null
}

export type EscalationTables = {
  'tenant.escalations': Escalations
  'tenant.escalation_messages': EscalationMessages
}
