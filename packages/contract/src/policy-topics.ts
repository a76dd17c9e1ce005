/** Topics that are left alone for a while (runtime-safety 2). */
import { z } from 'zod'
import { policyExampleSchema, policyLineSchema, policyNameSchema, policyPhraseSchema } from './policy-words.ts'
import { strictFields } from './strict-fields.ts'

export const topicCooldownSchema = strictFields({
  name: policyNameSchema,
  label: z.string().min(1).max(80).optional(),
  phrases: z.array(policyPhraseSchema).max(500).default([]),
  examples: z.array(policyExampleSchema).max(200).default([]),
  starts: strictFields({
    negative_wording: z.boolean().default(false).meta({ description: 'The user speaks of it in negative words' }),
    user_asks: z.boolean().default(true).meta({ description: 'The user asks not to speak of it' }),
    always: z.boolean().default(false).meta({ description: 'By rule: for every user, from the first session on' }),
  }).prefault({}),
  hours: z.int().min(1).max(8760).default(168).meta({ description: 'How long it lasts' }),
  extend_hours: z
    .int()
    .min(0)
    .max(8760)
    .default(24)
    .meta({ description: 'Each new reason adds this much, up to max_hours' }),
  max_hours: z.int().min(1).max(17_520).default(720),
  decay_hours: z.int().min(1).max(8760).optional().meta({
    description: 'Reasons that are older do not count; absent: they count until the cooldown ends',
  }),
  follow_turns: z.int().min(0).max(100).default(3).meta({
    description: 'When the user raises it, the agent may speak of it for this many turns',
  }),
  line: policyLineSchema.meta({ description: 'Said when the agent raised it all the same' }),
  floor: z.boolean().default(false),
})
  .refine(({ phrases, examples }) => phrases.length + examples.length > 0, {
    path: ['phrases'],
    message: 'expected at least one phrase or example: a cooldown without a topic does nothing',
  })
  .meta({ id: 'PolicyTopicCooldown' })
export type TopicCooldown = z.infer<typeof topicCooldownSchema>
