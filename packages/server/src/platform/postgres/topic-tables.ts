/** The rows of topics that rest as SQL gives them; part of `Tables`. */
import type { Uuid } from '@hyponema/contract'
import type { ColumnType, Generated } from 'kysely'

type TopicCooldowns = {
  workspace_id: Uuid
  id: Uuid
  user_id: Uuid
  topic: string
  reason: 'negative_wording' | 'user_asked' | 'rule' | 'operator'
  started_at: Date
  ends_at: Date
  causes: ColumnType<unknown, string, string>
  created_by: string | null
  created_at: Generated<Date>
  updated_at: Generated<Date>
}

export type TopicTables = { 'tenant.topic_cooldowns': TopicCooldowns }
