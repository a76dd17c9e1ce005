/** What an agent must not say, and what is said instead (runtime-safety 2). */
import { z } from 'zod'
import type { stages } from './decision.ts'
import {
  policyExampleSchema,
  policyLanguages,
  policyLineSchema,
  policyNameSchema,
  policyPhraseSchema,
} from './policy-words.ts'
import { strictFields } from './strict-fields.ts'

/** The engine's goals (runtime-safety 7) are measured with 1,000 phrases; `policyLimits` holds the sum over a document. */
const maxPhrasesPerZone = 1000
/** Each regex makes every sentence wait; the goals are measured with 100 in all. */
const maxRegexesPerZone = 100
/** Longer ones cannot be reviewed by reading. */
const maxRegexCharacters = 500
/** Enough to say what is meant; more make the likeness vague. */
const maxExamplesPerZone = 200

/** What a zone does, from the mildest to the strongest. */
export const zoneActions = ['redirect', 'block', 'escalate', 'end'] as const
export type ZoneAction = (typeof zoneActions)[number]

export const zoneScopes = ['match', 'sentence', 'turn'] as const
export type ZoneScope = (typeof zoneScopes)[number]

/** Output is always watched; these may be asked for besides. */
export const zoneStages = ['output', 'input', 'tool_call'] as const satisfies readonly (typeof stages)[number][]
export type ZoneStage = (typeof zoneStages)[number]

const strikesSchema = strictFields({
  hits: z.int().min(2).max(100).meta({ description: 'This many hits of the zone, the present one included' }),
  turns: z.int().min(1).max(100).meta({ description: 'within this many turns of the user, the present one included' }),
  action: z.enum(['block', 'escalate', 'end']).meta({ description: 'then do this; it must be stronger than `action`' }),
}).meta({ id: 'PolicyStrikes' })

export const noGoZoneSchema = strictFields({
  name: policyNameSchema.meta({ description: 'Unique in the document; the rule id is made of it' }),
  label: z
    .string()
    .min(1)
    .max(80)
    .optional()
    .meta({ description: 'What the user may see, as in "medical dosage"; the name is shown when absent' }),
  phrases: z.array(policyPhraseSchema).max(maxPhrasesPerZone).default([]).meta({
    description:
      'Whole words, as written: "dose" does not find "doses". Case, spacing, look-alike letters and leet spellings are seen through',
  }),
  regexes: z.array(z.string().min(1).max(maxRegexCharacters)).max(maxRegexesPerZone).default([]).meta({
    description:
      'RE2 syntax, ignoring case. Read sentence by sentence, so each sentence waits for its end (or 300 characters)',
  }),
  examples: z.array(policyExampleSchema).max(maxExamplesPerZone).default([]).meta({
    description:
      'Sentences that are meant; what sounds like one of them counts. Saving shows how well they are told apart',
  }),
  counter_examples: z.array(policyExampleSchema).max(maxExamplesPerZone).default([]).meta({
    description: 'Harmless sentences that look like them',
  }),
  example_threshold: z.number().min(0.1).max(0.99).optional().meta({
    description: 'How alike is alike; absent: the threshold that the calibration chose',
  }),
  languages: z.array(z.enum(policyLanguages)).max(4).default([]).meta({
    description:
      'Languages whose spoken forms (numbers, spelled letters, currency) are recognised; empty: all that have tables',
  }),
  stages: z
    .array(z.enum(zoneStages))
    .max(3)
    .default(['output'])
    .meta({ description: 'Output is watched even when it is not named here' }),
  action: z.enum(zoneActions).meta({
    description:
      'redirect: say `line` instead and go on; block: say `line` and stop the turn; escalate: say it, stop the turn and call a person; end: say it and end the session',
  }),
  line: policyLineSchema
    .optional()
    .meta({ description: 'What is said instead; redirect and block need it. It must not violate a zone itself' }),
  scope: z
    .enum(zoneScopes)
    .default('match')
    .meta({ description: 'What is withheld: the match, its sentence, or its sentence and the rest of the turn' }),
  strikes: strikesSchema.optional(),
  floor: z.boolean().default(false).meta({
    description: 'Takes effect at once, in running sessions too, and no lower layer can weaken it',
  }),
  unless: z
    .array(policyPhraseSchema)
    .max(100)
    .default([])
    .meta({ description: 'A match that lies within one of these, plainly written, does not count' }),
  priority: z.int().min(0).max(1000).default(0).meta({ description: 'Whose line is said when two rules do the same' }),
})
  .superRefine((zone, context) => {
    if (zone.phrases.length === 0 && zone.regexes.length === 0 && zone.examples.length === 0) {
      context.addIssue({
        code: 'custom',
        path: ['phrases'],
        message: 'expected at least one phrase, regex or example',
      })
    }
    if ((zone.action === 'redirect' || zone.action === 'block') && zone.line === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['line'],
        message: `expected the line that ${zone.action} says instead`,
      })
    }
    if (zone.strikes !== undefined && zoneActions.indexOf(zone.strikes.action) <= zoneActions.indexOf(zone.action)) {
      context.addIssue({
        code: 'custom',
        path: ['strikes', 'action'],
        message: `expected an action stronger than ${zone.action}; the order is ${zoneActions.join(', ')}`,
      })
    }
  })
  .meta({ id: 'NoGoZone' })

export type NoGoZone = z.infer<typeof noGoZoneSchema>
