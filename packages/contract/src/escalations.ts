import { z } from 'zod'
import { idSchema } from './ids.ts'
import { pageQuerySchema, timestampSchema } from './page.ts'
import { unansweredActions } from './policy-escalation.ts'
import { policyNameSchema } from './policy-words.ts'
import { strictFields } from './strict-fields.ts'

export const escalationStates = ['open', 'claimed', 'resolved'] as const
export type EscalationState = (typeof escalationStates)[number]

export const escalationOutcomes = ['taken_over', 'handled', 'dismissed', 'unanswered'] as const
export type EscalationOutcome = (typeof escalationOutcomes)[number]

export const escalationSchema = z
  .strictObject({
    id: idSchema('escalation'),
    session_id: idSchema('session'),
    user_id: idSchema('user'),
    agent_id: idSchema('agent'),
    decision_id: idSchema('decision').meta({ description: 'The decision that `escalation.triggered` named' }),
    rule_id: z.string().nullable().meta({ description: 'null where the agent itself asked, by its tool' }),
    queue: z.string(),
    priority: z.int().min(0).max(9),
    reason: z.string().meta({ description: 'Such as wish, crisis, guard_hits, silence, zone or agent' }),
    state: z.enum(escalationStates),
    is_within_hours: z.boolean().meta({ description: 'Whether somebody should be there, by the hours of the rule' }),
    created_at: timestampSchema,
    due_at: timestampSchema.meta({ description: 'Until then somebody should have taken it' }),
    claimed_by: z.string().nullable().meta({ description: 'An operator or an API key' }),
    claimed_at: timestampSchema.nullable(),
    resolved_by: z.string().nullable(),
    resolved_at: timestampSchema.nullable(),
    outcome: z.enum(escalationOutcomes).nullable(),
    fallback: z.enum(unansweredActions).nullable().meta({ description: 'What was done when nobody answered' }),
  })
  .meta({ id: 'Escalation' })

export const escalationsQuerySchema = pageQuerySchema.extend({
  state: z.enum(escalationStates).optional(),
  queue: policyNameSchema.optional(),
})

export const escalationMessageSchema = strictFields({
  text: z
    .string()
    .min(1)
    .max(2000)
    .refine((text) => text.trim() !== '', { message: 'expected words, found only blanks' }),
})

export const resolveEscalationSchema = strictFields({ outcome: z.enum(['handled', 'dismissed']) })

/** One contribution to the talk, as the operator who took it over reads it. */
export const talkMessageSchema = z
  .strictObject({
    id: z.string().meta({ description: 'A turn, or a message that has not been said yet' }),
    role: z.enum(['user', 'agent', 'operator']),
    text: z.string(),
    is_delivered: z.boolean(),
    created_at: timestampSchema,
  })
  .meta({ id: 'EscalationMessage' })

export const talkSchema = z.strictObject({ data: z.array(talkMessageSchema) }).meta({ id: 'EscalationTalk' })
