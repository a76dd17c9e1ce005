/** How a person's tiredness is noticed and what is done about it (runtime-safety 2). Text and timing only, never the sound of a voice. */
import { z } from 'zod'
import { policyLineSchema, policyNameSchema } from './policy-words.ts'
import { explainUnknown, strictFields } from './strict-fields.ts'

/** The same names as in the event `fatigue.alert`. */
export const fatigueSignals = [
  'time_today',
  'sessions_today',
  'night_hour',
  'words_of_tiredness',
  'shorter_replies',
  'slower_replies',
  'repeats',
] as const
export type FatigueSignal = (typeof fatigueSignals)[number]

/** From the mildest to the strongest. */
export const fatigueResponses = ['soften', 'suggest_break', 'wind_down', 'end'] as const
export type FatigueResponse = (typeof fatigueResponses)[number]

export const fatigueSchema = strictFields({
  weights: z
    .partialRecord(z.enum(fatigueSignals), z.number().min(0).max(1), {
      error: (issue) => explainUnknown(issue, fatigueSignals),
    })
    .optional()
    .meta({
      description: 'How much a full signal adds to the score of 0 to 1; absent: the weights of docs/fatigue.md',
    }),
  full_minutes_today: z.int().min(1).max(1440).default(180).meta({ description: 'The signal time_today is full' }),
  full_sessions_today: z.int().min(1).max(100).default(8),
  wind_down_minutes: z.int().min(1).max(60).default(5).meta({
    description: 'From the line of wind_down to the end of the session',
  }),
  thresholds: z
    .array(
      strictFields({
        score: z.number().gt(0).max(1),
        response: z.enum(fatigueResponses),
        line: policyLineSchema
          .optional()
          .meta({ description: 'Said; soften says nothing and changes how the model is told to speak' }),
      }),
    )
    .min(1)
    .max(8)
    .meta({ description: 'The strongest that the score has reached is carried out, each once a session' }),
  reminders: z
    .array(
      strictFields({
        name: policyNameSchema,
        every_minutes: z.int().min(5).max(720),
        line: policyLineSchema,
      }),
    )
    .max(8)
    .default([])
    .meta({ description: 'Said at fixed times, as "you are talking to an AI" after 3 hours' }),
  minors: z.boolean().default(false).meta({
    description: 'People under age may appear: the reminder that this is an AI comes every hour instead of every three',
  }),
  floor: z.boolean().default(false),
}).meta({ id: 'PolicyFatigue' })
export type FatiguePolicy = z.infer<typeof fatigueSchema>
