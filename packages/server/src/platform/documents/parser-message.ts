import { z } from 'zod'
import { maxHeadingCharacters, maxHeadings } from './chunk-writer.ts'
import { maxChunkCharacters } from './cut-text.ts'
import { type RefusalReason, refusalReasons } from './refusal-reasons.ts'

const count = z.number().int().nonnegative()
/** Half a character cannot be stored as UTF-8, and a NUL not in PostgreSQL. */
const storable = z.string().refine((text) => text.isWellFormed() && !text.includes('\0'))

/** What the process that reads says, one JSON object a line. It has read a stranger's file, so it is believed in nothing else. */
export const parserMessageSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('ready') }),
  z.strictObject({ kind: z.literal('progress'), done: count, total: count.nullable() }),
  z.strictObject({
    kind: z.literal('chunk'),
    headingPath: z.array(storable.max(maxHeadingCharacters)).max(maxHeadings).readonly(),
    page: count.nullable(),
    text: storable.min(1).max(maxChunkCharacters),
  }),
  z.strictObject({ kind: z.literal('done'), pages: count.nullable() }),
  z.strictObject({
    kind: z.literal('refused'),
    reason: z.string().transform((value, context): RefusalReason => {
      if (isReason(value)) return value
      context.addIssue({ code: 'custom', message: 'no such reason' })
      return z.NEVER
    }),
  }),
])

export type ParserMessage = z.infer<typeof parserMessageSchema>

function isReason(value: string): value is RefusalReason {
  return Object.hasOwn(refusalReasons, value)
}
