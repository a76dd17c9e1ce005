import { z } from 'zod'
import { idSchema } from './ids.ts'
import { timestampSchema } from './page.ts'
import { strictFields } from './strict-fields.ts'

/** Why a topic rests. */
export const topicCooldownReasons = ['negative_wording', 'user_asked', 'rule', 'operator'] as const
export type TopicCooldownReason = (typeof topicCooldownReasons)[number]

const topicSchema = z
  .string()
  .max(200)
  .regex(
    /^(?:installation|workspace|agent)(?:\/[a-z0-9_-]+)?\/topic\.[a-z0-9_-]+$/,
    'expected the rule id of a topic, such as agent/topic.ex-partner',
  )
  .meta({ description: 'Rule id of the topic: the layer, then topic. and its name', example: 'agent/topic.ex-partner' })

export const startTopicCooldownSchema = strictFields({
  topic: topicSchema,
  hours: z.int().min(1).max(17_520).default(168).meta({ description: 'How long it rests from now on, at least' }),
}).meta({ id: 'StartTopicCooldown' })

export const restingTopicSchema = strictFields({
  id: idSchema('topicCooldown'),
  user_id: idSchema('user'),
  topic: z.string(),
  reason: z.enum(topicCooldownReasons).meta({ description: 'The latest one' }),
  started_at: timestampSchema,
  ends_at: timestampSchema,
  rests: z.boolean().meta({ description: 'Whether it rests now' }),
  created_by: z.string().nullable().meta({ description: 'Who started it; null: it began in a conversation' }),
}).meta({ id: 'TopicCooldown' })
