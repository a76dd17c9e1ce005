/**
 * The policy document (runtime-safety 2): YAML or JSON, one schema, strict. A section that this version does not carry out
 * is refused with a sentence that says so, because a safety rule that is accepted and then ignored is a lie.
 */
import { z } from 'zod'
import { stages } from './decision.ts'
import { explainUnknown, strictFields } from './strict-fields.ts'
import { uniqueNames } from './unique-names.ts'

/** Zones have to be readable in a report; a thousand of them already means that something else is wanted. */
const maxZones = 200
/** The engine's goals (runtime-safety 7) are measured with 1,000 phrases; `policyLimits` holds the sum over a document. */
const maxPhrasesPerZone = 1000
/** A spoken sentence has about 100 characters; a phrase twice as long is a text to be found by a regex or an example. */
const maxPhraseCharacters = 200
/** Each regex makes every sentence wait; the goals are measured with 100 in all. */
const maxRegexesPerZone = 100
/** Longer ones cannot be reviewed by reading. */
const maxRegexCharacters = 500
/** About twenty seconds of speech; a canned line is an answer, not a speech. */
const maxLineCharacters = 500
/** The cases of a document run on each publish, within a request. */
const maxTests = 500

/** What all layers of one compiled policy may have together. Beyond, latency would leave the measured range. */
export const policyLimits = { phrases: 5000, regexes: 200, documentBytes: 524_288 } as const

/** What a zone does, from the mildest to the strongest. */
export const zoneActions = ['redirect', 'block', 'escalate', 'end'] as const
export type ZoneAction = (typeof zoneActions)[number]

export const zoneScopes = ['match', 'sentence', 'turn'] as const
export type ZoneScope = (typeof zoneScopes)[number]

/** Output is always watched; these may be asked for besides. */
export const zoneStages = ['output', 'input', 'tool_call'] as const satisfies readonly (typeof stages)[number][]
export type ZoneStage = (typeof zoneStages)[number]

const nameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9]*([_-][a-z0-9]+)*$/, 'expected lower-case letters and digits, joined by - or _')
  .max(60)

const phraseSchema = z
  .string()
  .max(maxPhraseCharacters)
  .refine((text) => text.trim().length > 0, { message: 'expected a phrase, found only blanks' })

const lineSchema = z
  .string()
  .max(maxLineCharacters)
  .refine((text) => text.trim().length > 0, { message: 'expected a sentence to say, found only blanks' })

const strikesSchema = strictFields({
  hits: z.int().min(2).max(100).meta({ description: 'This many hits of the zone, the present one included' }),
  turns: z.int().min(1).max(100).meta({ description: 'within this many turns of the user, the present one included' }),
  action: z.enum(['block', 'escalate', 'end']).meta({ description: 'then do this; it must be stronger than `action`' }),
}).meta({ id: 'PolicyStrikes' })

export const noGoZoneSchema = strictFields({
  name: nameSchema.meta({ description: 'Unique in the document; the rule id is made of it' }),
  label: z
    .string()
    .min(1)
    .max(80)
    .optional()
    .meta({ description: 'What the user may see, as in "medical dosage"; the name is shown when absent' }),
  phrases: z.array(phraseSchema).max(maxPhrasesPerZone).default([]).meta({
    description:
      'Whole words, as written: "dose" does not find "doses". Case, spacing, look-alike letters and leet spellings are seen through',
  }),
  regexes: z.array(z.string().min(1).max(maxRegexCharacters)).max(maxRegexesPerZone).default([]).meta({
    description:
      'RE2 syntax, ignoring case. Read sentence by sentence, so each sentence waits for its end (or 300 characters)',
  }),
  languages: z
    .array(z.enum(['en', 'de', 'fr', 'es']))
    .max(4)
    .default([])
    .meta({
      description: 'Recorded, and without effect in this version: phrases are found whatever is spoken',
    }),
  stages: z
    .array(z.enum(zoneStages))
    .max(3)
    .default(['output'])
    .meta({ description: 'Output is watched even when it is not named here' }),
  action: z.enum(zoneActions).meta({
    description:
      'redirect: say `line` instead and go on; block: say `line` and stop the turn; end: say it and end the session; escalate: say it, stop the turn and record `escalation.triggered`, since this version has nobody to hand over to',
  }),
  line: lineSchema
    .optional()
    .meta({ description: 'What is said instead; redirect and block need it. It must not violate a zone itself' }),
  scope: z
    .enum(zoneScopes)
    .default('match')
    .meta({ description: 'What is withheld: the match, its sentence, or its sentence and the rest of the turn' }),
  strikes: strikesSchema.optional(),
  floor: z.boolean().default(false).meta({
    description:
      'Its decisions say that the rule is a floor, and nothing else yet: there is one layer, and a live session keeps the rules that it began with',
  }),
  unless: z
    .array(phraseSchema)
    .max(100)
    .default([])
    .meta({ description: 'A match that lies within one of these, plainly written, does not count' }),
  priority: z.int().min(0).max(1000).default(0).meta({ description: 'Whose line is said when two rules do the same' }),
})
  .superRefine((zone, context) => {
    if (zone.phrases.length === 0 && zone.regexes.length === 0) {
      context.addIssue({ code: 'custom', path: ['phrases'], message: 'expected at least one phrase or regex' })
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

export const policyTestSchema = strictFields({
  say: z.string().min(1).max(2000).meta({ description: 'The text to be judged' }),
  given: strictFields({
    stage: z.enum(zoneStages).default('output'),
    said_before: z
      .array(z.string().min(1).max(2000))
      .max(10)
      .default([])
      .meta({ description: 'Utterances of the same turn that came before; output only' }),
  }).prefault({}),
  expect: strictFields({
    action: z.enum(['allow', ...zoneActions]),
    zone: nameSchema.optional().meta({ description: 'The zone that has to be among those that matched' }),
  }),
})
  .superRefine(({ given }, context) => {
    if (given.stage === 'output' || given.said_before.length === 0) return
    context.addIssue({
      code: 'custom',
      path: ['given', 'said_before'],
      message: `expected none: only output has something said before it, and this case is of the stage ${given.stage}`,
    })
  })
  .meta({ id: 'PolicyTest' })

/** Named in the specification and not carried out by this version: named here, so that the refusal can say it. */
export const plannedPolicySections = [
  'escalation_rules',
  'sleep_windows',
  'contact_caps',
  'fatigue',
  'topic_cooldowns',
  'pii',
  'tool_rules',
] as const

/** What the document may hold. */
const sections = ['no_go_zones', 'disclosure', 'tests'] as const

export const policyDocumentSchema = z
  .strictObject(
    {
      no_go_zones: z.array(noGoZoneSchema).max(maxZones).superRefine(uniqueNames('name')).default([]),
      disclosure: strictFields({
        line: lineSchema.meta({
          description: 'Said in place of any claim to be human. What is said at the start is the first message',
        }),
      }).optional(),
      tests: z
        .array(policyTestSchema)
        .max(maxTests)
        .default([])
        .meta({ description: 'Publishing runs them and refuses when one fails' }),
    },
    { error: explainUnknownSection },
  )
  .meta({ id: 'PolicyDocument' })

export type PolicyDocument = z.infer<typeof policyDocumentSchema>
export type NoGoZone = z.infer<typeof noGoZoneSchema>
export type PolicyTest = z.infer<typeof policyTestSchema>

function explainUnknownSection(issue: {
  readonly code?: string | undefined
  readonly keys?: unknown
}): string | undefined {
  const lines = explainUnknown(issue, sections)?.split('\n')
  return lines?.map((line) => explainPlanned(line) ?? line).join('\n')
}

function explainPlanned(line: string): string | undefined {
  const section = plannedPolicySections.find((name) => line.startsWith(`${name}:`))
  return section === undefined
    ? undefined
    : `${section}: this version does not carry out this section, so it does not accept it; take it out`
}
