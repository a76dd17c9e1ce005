/** The rows of retention and of requests about personal data as SQL gives them; part of `Tables`. */
import type { Uuid } from '@hyponema/contract'
import type { ColumnType, Generated } from 'kysely'

type RetentionRules = {
  workspace_id: Uuid
  preset: 'minimal' | 'standard' | 'regulated' | null
  rules: ColumnType<unknown, string, string>
  updated_at: Generated<Date>
  run_begun_at: Date | null
  run_finished_at: Date | null
  run_error: string | null
  removed: ColumnType<unknown, string | undefined, string>
}

type LegalHolds = {
  workspace_id: Uuid
  id: Uuid
  user_id: Uuid | null
  agent_id: Uuid | null
  reason: string
  created_by: string
  created_at: Generated<Date>
  until: Date | null
  released_at: Date | null
  released_by: string | null
}

export type PrivacyTables = { 'tenant.retention_rules': RetentionRules; 'tenant.legal_holds': LegalHolds }
