/** What a tool may be called with, how often, and what the user has to say first (runtime-safety 2 and 4). */
import { z } from 'zod'
import { policyNameSchema } from './policy-words.ts'
import { strictFields } from './strict-fields.ts'

/** From the mildest to the strictest. `irreversible` needs a digit of the keypad or a typed answer. */
export const confirmationClasses = ['none', 'spoken', 'irreversible'] as const
export type ConfirmationClass = (typeof confirmationClasses)[number]

const pointerSchema = z
  .string()
  .regex(/^(?:\/(?:[^~/]|~[01])*)+$/, 'expected a JSON pointer such as /date')
  .max(200)

export const argumentKinds = ['text', 'date', 'time', 'date_time', 'number', 'phone', 'email', 'url', 'money'] as const
export type ArgumentKind = (typeof argumentKinds)[number]

/** Beyond it a number of JavaScript is not exact any more. */
const maxNumber = Number.MAX_SAFE_INTEGER
const boundedNumber = z.number().min(-maxNumber).max(maxNumber)

const constraintSchema = strictFields({
  field: pointerSchema,
  one_of: z
    .array(z.union([z.string().max(200), boundedNumber]))
    .min(1)
    .max(200)
    .optional(),
  regex: z.string().min(1).max(500).optional().meta({ description: 'RE2 syntax; the whole value has to match' }),
  min: boundedNumber.optional(),
  max: boundedNumber.optional(),
  max_characters: z.int().min(0).max(8192).optional(),
})

export const toolRuleSchema = strictFields({
  name: policyNameSchema,
  tools: z
    .array(z.string().min(1).max(64))
    .min(1)
    .max(64)
    .meta({ description: 'Names as the model calls them; `*` is every tool' }),
  allow: z.boolean().default(true).meta({ description: 'false: never called' }),
  after: z.array(z.string().min(1).max(64)).max(8).default([]).meta({
    description:
      'The state it needs: these tools have worked in this session, as `verify_caller` before `read_balance`',
  }),
  constraints: z.array(constraintSchema).max(50).default([]),
  budgets: strictFields({
    per_turn: z.int().min(0).max(100).optional(),
    per_session: z.int().min(0).max(1000).optional(),
    per_day: z
      .int()
      .min(0)
      .max(100_000)
      .optional()
      .meta({ description: 'Per user over all sessions, in a day of UTC' }),
  }).prefault({}),
  trusted_fields: z
    .array(strictFields({ field: pointerSchema, kind: z.enum(argumentKinds).default('text') }))
    .max(32)
    .default([])
    .meta({
      description: 'Values that have to come from the user or the operator, never from a document or a tool alone',
    }),
  confirmation: z.enum(confirmationClasses).default('none'),
  amount: strictFields({ field: pointerSchema, above: z.number().min(0).max(maxNumber) })
    .optional()
    .meta({ description: 'Above it the confirmation is `irreversible`, whatever the class' }),
  floor: z.boolean().default(false),
}).meta({ id: 'PolicyToolRule' })
export type ToolRule = z.infer<typeof toolRuleSchema>
