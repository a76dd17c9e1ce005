import { z } from 'zod'
import { idSchema } from './ids.ts'
import { timestampSchema } from './page.ts'
import { strictFields } from './strict-fields.ts'

/** What is kept, in the words of retention (evidence-and-privacy 3); docs/retention.md says which rows and columns each means. */
export const retentionClasses = [
  'transcripts',
  'recordings',
  'tool_payloads',
  'decisions',
  'traces',
  'sessions',
  'webhook_attempts',
  'audit',
] as const
export type RetentionClass = (typeof retentionClasses)[number]

const mostDays = 3_650
const days = (most: number) => z.int().min(1).max(most)
/** Contents of talks can also be ones that are not to be stored at all. */
const content = z
  .union([days(mostDays), z.literal('never')])
  .meta({ description: 'Days, or `never`: it is not to be stored, and what there is of it leaves with the next run' })

/** Days after the end of a session, or after the row itself where it belongs to none. */
const ruleFields = {
  transcripts: content,
  recordings: content,
  tool_payloads: content,
  decisions: content,
  traces: content,
  sessions: days(mostDays),
  webhook_attempts: days(30).meta({ description: 'At most 30: a replay reaches back no further' }),
  audit: z
    .int()
    .min(90)
    .max(mostDays)
    .meta({ description: 'At least 90; bodies leave by whole months, and what proves them stays' }),
}

export const retentionRulesSchema = strictFields(ruleFields)
  .superRefine((rules, context) => {
    for (const name of ['transcripts', 'recordings', 'tool_payloads', 'decisions', 'traces'] as const) {
      if (ruleDays(rules[name]) > rules.sessions)
        context.addIssue({
          code: 'custom',
          path: [name],
          message: `at most ${rules.sessions}, as long as sessions; write that or keep sessions longer`,
        })
    }
    if (ruleDays(rules.tool_payloads) > ruleDays(rules.transcripts))
      context.addIssue({
        code: 'custom',
        path: ['tool_payloads'],
        message: `at most ${rules.transcripts}, as long as transcripts, whose rows hold them`,
      })
  })
  .meta({ id: 'RetentionRules' })

export type RetentionRules = z.infer<typeof retentionRulesSchema>

/** A class that belongs to a talk, so that an agent can keep less of it, or nothing. */
export type RetentionContent = 'transcripts' | 'recordings' | 'tool_payloads' | 'decisions' | 'traces'

/** How many days that is: none for `never`. */
export function ruleDays(rule: number | 'never'): number {
  return rule === 'never' ? 0 : rule
}

export const retentionPresetNames = ['minimal', 'standard', 'regulated'] as const

/** Sets to begin with. None is legal advice: how long is allowed, and how long is due, your counsel knows. */
export const retentionPresets: Readonly<Record<(typeof retentionPresetNames)[number], RetentionRules>> = {
  // What is needed to see that an agent works, and to answer a complaint of last week.
  minimal: {
    transcripts: 7,
    recordings: 1,
    tool_payloads: 1,
    decisions: 30,
    traces: 7,
    sessions: 90,
    webhook_attempts: 7,
    audit: 365,
  },
  // A quarter to improve the agent, half a year of decisions, a year of who talked when.
  standard: {
    transcripts: 90,
    recordings: 30,
    tool_payloads: 30,
    decisions: 180,
    traces: 30,
    sessions: 400,
    webhook_attempts: 30,
    audit: 1_095,
  },
  // For those who must be able to show for years what was said.
  regulated: {
    transcripts: 2_190,
    recordings: 2_190,
    tool_payloads: 2_190,
    decisions: 2_190,
    traces: 90,
    sessions: 2_190,
    webhook_attempts: 30,
    audit: 2_555,
  },
}

const { audit: _audit, sessions: _sessions, webhook_attempts: _attempts, ...ofAgent } = ruleFields

/** Only shorter than the workspace's rule counts: the shorter of both holds. */
export const agentRetentionSchema = strictFields(ofAgent).partial().meta({
  id: 'AgentRetention',
  description: 'Days for the talks of this agent; the shorter of these and the workspace’s holds',
})

export const setRetentionSchema = strictFields({
  preset: z.enum(retentionPresetNames).optional(),
  rules: strictFields(ruleFields).partial().optional(),
}).meta({ id: 'SetRetention', description: 'The preset, changed by the rules; what is named in neither stays' })

export const retentionSchema = strictFields({
  preset: z.enum(retentionPresetNames).nullable().meta({ description: 'Null where rules were changed by hand' }),
  rules: retentionRulesSchema,
  updated_at: timestampSchema.nullable(),
}).meta({ id: 'Retention' })

export const retentionStatusSchema = strictFields({
  classes: z.array(
    strictFields({
      class: z.enum(retentionClasses),
      days: z.union([z.int(), z.literal('never')]),
      oldest: timestampSchema.nullable().meta({ description: 'Of what really is there' }),
      overdue: z.int().min(0).meta({ description: 'Older than the rule and a day, held by nobody; must be 0' }),
      held: z.int().min(0).meta({ description: 'Older than the rule, and kept by a legal hold' }),
    }),
  ),
  last_run: strictFields({
    begun_at: timestampSchema,
    finished_at: timestampSchema.nullable(),
    error: z.string().nullable(),
    removed: z.record(z.string(), z.int()),
  }).nullable(),
}).meta({ id: 'RetentionStatus' })

export const createLegalHoldSchema = strictFields({
  user_id: idSchema('user').optional(),
  agent_id: idSchema('agent').optional(),
  reason: z.string().trim().min(1).max(500),
  until: z.iso
    .datetime({ offset: true })
    .optional()
    .meta({ description: 'Without it the hold stays until it is released' }),
})
  .refine(({ user_id: user, agent_id: agent }) => user === undefined || agent === undefined, {
    path: ['agent_id'],
    message: 'name a person or an agent, not both; neither is the whole workspace',
  })
  .meta({ id: 'CreateLegalHold' })

export const legalHoldSchema = strictFields({
  id: idSchema('legalHold'),
  user_id: idSchema('user').nullable(),
  agent_id: idSchema('agent').nullable(),
  reason: z.string(),
  created_by: z.string(),
  created_at: timestampSchema,
  until: timestampSchema.nullable(),
  released_at: timestampSchema.nullable(),
  released_by: z.string().nullable(),
}).meta({ id: 'LegalHold' })
