import { encodeId, type restingTopicSchema } from '@hyponema/contract'
import type { z } from 'zod'
import type { TopicCooldownRow } from './store.ts'

export function renderTopicCooldown(row: TopicCooldownRow, nowMs: number): z.infer<typeof restingTopicSchema> {
  return {
    id: encodeId('topicCooldown', row.id),
    user_id: encodeId('user', row.userId),
    topic: row.topic,
    reason: row.reason,
    started_at: row.startedAt.toISOString(),
    ends_at: row.endsAt.toISOString(),
    rests: row.endsAt.getTime() > nowMs,
    created_by: row.createdBy,
  }
}
