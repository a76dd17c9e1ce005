/**
 * The policy document (runtime-safety 2): YAML or JSON, one schema, strict. Every section is carried out, or refused with a
 * sentence that says so, because a safety rule that is accepted and then ignored is a lie.
 */
import { z } from 'zod'
import { contactCapSchema, sleepWindowSchema } from './policy-contact.ts'
import { escalationRuleSchema } from './policy-escalation.ts'
import { fatigueSchema } from './policy-fatigue.ts'
import { piiPolicySchema } from './policy-pii.ts'
import { policyTestSchema } from './policy-tests.ts'
import { toolRuleSchema } from './policy-tools.ts'
import { topicCooldownSchema } from './policy-topics.ts'
import { policyLineSchema } from './policy-words.ts'
import { noGoZoneSchema } from './policy-zones.ts'
import { strictFields } from './strict-fields.ts'
import { uniqueNames } from './unique-names.ts'

/** Zones have to be readable in a report; a thousand of them already means that something else is wanted. */
const maxZones = 200
/** Rules of any other section: who needs more of them writes rules that nobody reads. */
const maxRules = 50
/** The cases of a document run on each publish, within a request. */
const maxTests = 500

/** What all layers of one compiled policy may have together. Beyond, latency would leave the measured range, and compiling would hold up whoever is talking meanwhile. */
export const policyLimits = {
  phrases: 5000,
  /** Letters of all phrases in all ways to write and to say them; numbers have many. */
  phraseLetters: 400_000,
  regexes: 200,
  examples: 1000,
  exampleCharacters: 60_000,
  /** Each zone or topic with examples is learned by itself. */
  exampleSets: 20,
  documentBytes: 524_288,
} as const

export const policyDocumentSchema = strictFields({
  no_go_zones: z.array(noGoZoneSchema).max(maxZones).superRefine(uniqueNames('name')).default([]),
  escalation_rules: z.array(escalationRuleSchema).max(maxRules).superRefine(uniqueNames('name')).default([]),
  sleep_windows: z.array(sleepWindowSchema).max(maxRules).superRefine(uniqueNames('name')).default([]),
  contact_caps: z.array(contactCapSchema).max(maxRules).superRefine(uniqueNames('name')).default([]),
  fatigue: fatigueSchema.optional(),
  topic_cooldowns: z.array(topicCooldownSchema).max(maxRules).superRefine(uniqueNames('name')).default([]),
  pii: piiPolicySchema.optional(),
  tool_rules: z.array(toolRuleSchema).max(maxRules).superRefine(uniqueNames('name')).default([]),
  disclosure: strictFields({
    line: policyLineSchema.meta({
      description: 'Said in place of any claim to be human',
    }),
    opening: policyLineSchema.optional().meta({
      description: 'Said before anything else in a session, as "I am the AI assistant of the clinic."',
    }),
  }).optional(),
  tests: z
    .array(policyTestSchema)
    .max(maxTests)
    .default([])
    .meta({ description: 'Publishing runs them and refuses when one fails' }),
}).meta({ id: 'PolicyDocument' })

export type PolicyDocument = z.infer<typeof policyDocumentSchema>

/** The sections that are lists of rules with a name, each of which may be a floor. */
export const ruleSections = [
  'no_go_zones',
  'escalation_rules',
  'sleep_windows',
  'contact_caps',
  'topic_cooldowns',
  'tool_rules',
] as const satisfies readonly (keyof PolicyDocument)[]
export type RuleSection = (typeof ruleSections)[number]
