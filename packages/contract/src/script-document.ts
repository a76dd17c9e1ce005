/**
 * The offline `scripted` model: a declarative flow from what the user says to what the agent says and does.
 * It is a model for demonstrations and tests and is named so; it never calls anything outside.
 */
import { z } from 'zod'
import { strictFields } from './strict-fields.ts'

/**
 * What a pattern can pick out of a message. `weekday` gives `Tuesday`, `time` gives `9:30` or `14:00`, and `impossible_time`
 * what was said as a time and is none, as in `25:99`.
 */
export const scriptCaptures = ['weekday', 'time', 'impossible_time'] as const
export type ScriptCapture = (typeof scriptCaptures)[number]

const lineSchema = z.string().min(1).max(2000)
const linesSchema = z.array(lineSchema).max(10).default([])
const stateSchema = z.string().min(1).max(40)
const valueNameSchema = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, 'expected lower-case letters, digits and _')

/** No rule of a script that can be followed by reading remembers or sends more. */
const maxValues = 50
const tooMany = { message: `at most ${maxValues} values` }

const patternSchema = z.string().min(1).max(200).refine(isPattern, {
  message:
    'expected words, {weekday}, {time} or {impossible_time}; ^ before the first, $ after the last, or * as the last word',
})

export const scriptRuleSchema = strictFields({
  when: z
    .array(patternSchema)
    .min(1)
    .max(50)
    .meta({
      description:
        'Matches when the message contains all words of one entry, in order, ignoring case, punctuation and what stands ' +
        'between. `^` before the first word: the message begins with it; `$` after the last: it ends with it. {weekday}, ' +
        '{time} and {impossible_time} (25:99) match one and remember it under that name. `*` as the last word captures the rest, verbatim, as {{rest}}. ' +
        'The first rule that matches is taken.',
    }),
  state: stateSchema
    .optional()
    .meta({ description: 'Only in this state of the conversation, which begins in `start`' }),
  set: z
    .record(valueNameSchema, z.string().max(500))
    .refine(isShort, tooMany)
    .default({})
    .meta({ description: 'Values to remember for this and later rules, as {{name}}' }),
  say: linesSchema.meta({
    description:
      'Said before the tool. {{rest}}, {{note}}, {{passage}}, remembered values and session variables are filled in as data',
  }),
  tool: strictFields({
    name: z.string().max(64),
    arguments: z.record(z.string().max(64), z.string().max(500)).refine(isShort, tooMany).default({}),
    refused_by: valueNameSchema.optional().meta({
      description:
        'A field of the result. Where it holds a text the tool has answered and not done its work: `refused_say` is said',
    }),
  }).optional(),
  note: valueNameSchema
    .optional()
    .meta({ description: 'Looks the answer up in this note of the agent; fills {{note}}' }),
  from_documents: z.boolean().optional().meta({
    description:
      'Reads the passages of the agent’s documents that were found for the message; fills {{passage}} with the line or sentence that fits best',
  }),
  then_say: linesSchema.meta({ description: 'Said after the tool; {{result.field}} is filled in' }),
  else_say: linesSchema.meta({
    description:
      'Said instead when the tool failed ({{result.error}}) or the note or the documents have no answer; without it, `otherwise`',
  }),
  refused_say: linesSchema.meta({
    description:
      'Said instead when the result has a text in the field `refused_by` of the tool; without it, `else_say`. {{result.field}} is filled in',
  }),
  asked_state: stateSchema
    .optional()
    .meta({ description: 'Taken when the tool was asked for, and left when it has done its work' }),
  next_state: stateSchema.optional().meta({ description: 'Taken when all was said, or the tool has done its work' }),
}).meta({ id: 'ScriptRule' })

export const scriptDocumentSchema = strictFields({
  rules: z.array(scriptRuleSchema).max(200),
  otherwise: lineSchema.default('I did not understand that.'),
  token_delay_ms: z
    .int()
    .min(0)
    .max(1000)
    .default(0)
    .meta({ description: 'Pause between tokens, so that streaming can be seen' }),
}).meta({ id: 'ScriptDocument' })

export type ScriptRule = z.infer<typeof scriptRuleSchema>
export type ScriptDocument = z.infer<typeof scriptDocumentSchema>

function isShort(values: Readonly<Record<string, string>>): boolean {
  return Object.keys(values).length <= maxValues
}

/** Only the last word may be `*`, only known captures stand in braces, and an anchor has something to hold. */
function isPattern(text: string): boolean {
  const words = text.trim().replace(/^\^/, '').replace(/\$$/, '').trim().split(/\s+/)
  return words.every((word, index) => {
    if (word === '*') return index === words.length - 1 && !text.trim().endsWith('$')
    if (word.startsWith('{')) return scriptCaptures.some((capture) => word === `{${capture}}`)
    return /[\p{L}\p{N}]/u.test(word) && !/[*{}^$]/.test(word)
  })
}
