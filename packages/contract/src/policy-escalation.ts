/** When a person is called in, which queue it goes to, and what happens when nobody comes (runtime-safety 2 and 5). */
import { z } from 'zod'
import {
  holidaySchema,
  policyLineSchema,
  policyNameSchema,
  policyPhraseSchema,
  policyTimeZoneSchema,
  weekHoursSchema,
} from './policy-words.ts'
import { strictFields } from './strict-fields.ts'

/** `n` of them within so many turns of the user, the present one included. */
const hitsInTurns = strictFields({ hits: z.int().min(1).max(100), turns: z.int().min(1).max(100) })

const triggersSchema = strictFields({
  explicit_wish: z
    .boolean()
    .optional()
    .meta({ description: 'The user asks for a person, in a language of the tables' }),
  crisis: z.boolean().optional().meta({ description: 'Phrases of somebody who may harm themselves or is in danger' }),
  phrases: z.array(policyPhraseSchema).max(200).optional().meta({ description: 'Said by the user' }),
  guard_hits: hitsInTurns.optional().meta({ description: 'Rules stepped in this often' }),
  failed_confirmations: z.int().min(1).max(20).optional().meta({ description: 'In a row' }),
  failed_tools: z.int().min(1).max(20).optional().meta({ description: 'In a row' }),
  misunderstandings: z.int().min(1).max(20).optional().meta({
    description: 'In a row: the user says that they were not understood, or repeats themselves',
  }),
  silence_seconds: z.int().min(5).max(600).optional(),
  negative_wording: hitsInTurns
    .optional()
    .meta({ description: 'Words of anger or despair; wording only, never the sound' }),
  duration_seconds: z.int().min(30).max(14_400).optional(),
  cost_tokens: z.int().min(1000).max(100_000_000).optional(),
})

export const businessHoursSchema = strictFields({
  time_zone: policyTimeZoneSchema,
  week: z.array(weekHoursSchema).min(1).max(21),
  holidays: z.array(holidaySchema).max(200).default([]),
})
export type BusinessHours = z.infer<typeof businessHoursSchema>

export const unansweredActions = ['callback', 'message', 'end'] as const
export type UnansweredAction = (typeof unansweredActions)[number]

export const escalationRuleSchema = strictFields({
  name: policyNameSchema,
  triggers: triggersSchema.refine((triggers) => Object.keys(triggers).length > 0, {
    message: 'expected at least one trigger, such as explicit_wish: true',
  }),
  queue: policyNameSchema.default('default'),
  priority: z.int().min(0).max(9).default(5).meta({ description: '9 is taken first' }),
  hours: businessHoursSchema.optional().meta({ description: 'When somebody is there; absent: always' }),
  say: policyLineSchema.optional().meta({ description: 'Said when the person is called' }),
  closed_say: policyLineSchema.optional().meta({ description: 'Said instead, outside the hours' }),
  unanswered: strictFields({
    after_seconds: z.int().min(5).max(3600).default(120),
    // oxlint-disable-next-line unicorn/no-thenable -- a word of the policy document, and no function
    then: z.enum(unansweredActions).default('message'),
    say: policyLineSchema.optional(),
  }).prefault({}),
  cool_off_seconds: z.int().min(0).max(86_400).default(300).meta({
    description: 'How long the rule does not fire after one of its escalations is closed, so that it cannot loop',
  }),
  max_per_session: z.int().min(1).max(20).default(3),
  floor: z.boolean().default(false),
}).meta({ id: 'PolicyEscalationRule' })
export type EscalationRule = z.infer<typeof escalationRuleSchema>
