/** The rows of contact as SQL gives them; part of `Tables`. */
import type { ContactChannel, ContactClass, ContactState, Uuid } from '@hyponema/contract'
import type { Generated } from 'kysely'
import type { SealedContent } from '../crypto/sealed-content.ts'

type ContactAttempts = {
  workspace_id: Uuid
  id: Uuid
  user_id: Uuid
  agent_id: Uuid
  channel: ContactChannel
  class: ContactClass
  subject_index: Buffer | null
  number_index: Buffer | null
  state: ContactState
  rule_ids: Generated<string[]>
  policy_sha256: Buffer
  content: SealedContent
  allowed_at: Date | null
  expires_at: Date | null
  created_at: Generated<Date>
  reported_at: Date | null
}

type Consents = {
  workspace_id: Uuid
  id: Uuid
  user_id: Uuid
  channel: ContactChannel | null
  class: ContactClass | null
  state: 'given' | 'withdrawn'
  source: 'api' | 'opt_out'
  content: SealedContent
  occurred_at: Date
  created_at: Generated<Date>
}

export type ContactTables = {
  'tenant.contact_attempts': ContactAttempts
  'tenant.consents': Consents
}
