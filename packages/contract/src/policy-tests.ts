/** Cases that a policy document brings along; publishing runs them and refuses when one fails. */
import { z } from 'zod'
import { actions, type Stage, stages, stageTable } from './decision.ts'
import { contactChannels, contactClasses } from './policy-contact.ts'
import { policyNameSchema, policyTimeZoneSchema } from './policy-words.ts'
import { zoneActions, zoneStages } from './policy-zones.ts'
import { strictFields } from './strict-fields.ts'

/** Values that the case gives as facts of the session, as `minutes_today: 200`; docs/policy.md lists them by stage. */
const factsSchema = z.record(
  z.string().max(64),
  z.union([z.string().max(200), z.number().min(Number.MIN_SAFE_INTEGER).max(Number.MAX_SAFE_INTEGER), z.boolean()]),
)

const instantSchema = z.iso.datetime({ offset: true }).max(40)

/** Where zones look, by the zone's own names for it as well. */
function stageActions(stage: Stage): readonly string[] {
  const named = zoneStages.some((watched) => watched === stage) ? ['redirect', 'block'] : []
  return [...stageTable[stage].allowed, ...named]
}

export const policyTestSchema = strictFields({
  say: z.string().max(2000).default('').meta({ description: 'The text to be judged; none at contact and tick' }),
  given: strictFields({
    stage: z.enum(stages).default('output'),
    said_before: z
      .array(z.string().min(1).max(2000))
      .max(10)
      .default([])
      .meta({ description: 'Utterances of the same turn that came before; output only' }),
    tool: z.string().min(1).max(64).optional(),
    arguments: z.record(z.string().max(200), z.unknown()).optional(),
    user_said: z
      .array(z.string().min(1).max(2000))
      .max(10)
      .default([])
      .meta({ description: 'tool_call: what the user said' }),
    read: z
      .array(z.string().min(1).max(2000))
      .max(10)
      .default([])
      .meta({ description: 'tool_call: what documents and tools say' }),
    at: instantSchema.optional().meta({ description: 'contact, escalation and tick: when' }),
    time_zone: policyTimeZoneSchema.optional().meta({ description: 'Of the user' }),
    channel: z.enum(contactChannels).default('voice'),
    class: z.enum(contactClasses).default('ordinary'),
    facts: factsSchema.default({}),
  }).prefault({}),
  expect: strictFields({
    action: z.enum([...new Set([...actions, ...zoneActions])]).meta({
      description: 'An action of the stage; of a zone also its own name for it, redirect or block',
    }),
    zone: policyNameSchema.optional().meta({ description: 'The zone that has to be among those that matched' }),
    rule: policyNameSchema.optional().meta({ description: 'The same, of any section' }),
    until: instantSchema.optional().meta({ description: 'contact: the next allowed instant' }),
  }),
})
  .superRefine(({ say, given, expect: expected }, context) => {
    if (given.stage !== 'output' && given.said_before.length > 0) {
      context.addIssue({
        code: 'custom',
        path: ['given', 'said_before'],
        message: `expected none: only output has something said before it, and this case is of the stage ${given.stage}`,
      })
    }
    const ofStage = stageActions(given.stage)
    if (!ofStage.includes(expected.action)) {
      context.addIssue({
        code: 'custom',
        path: ['expect', 'action'],
        message: `expected an action of the stage ${given.stage} (${ofStage.join(', ')}), found ${expected.action}`,
      })
    }
    const speaks = given.stage === 'input' || given.stage === 'output' || given.stage === 'retrieval'
    if (speaks && say === '')
      context.addIssue({ code: 'custom', path: ['say'], message: 'expected a text to be judged' })
  })
  .meta({ id: 'PolicyTest' })
export type PolicyTest = z.infer<typeof policyTestSchema>
