import { z } from 'zod'
import { type ErrorCode, errorCatalogue } from './errors.ts'

const codes = Object.keys(errorCatalogue).filter((code): code is ErrorCode => code in errorCatalogue)

/** A problem document (RFC 9457), the body of every error answer. */
export const problemSchema = z
  .strictObject({
    type: z
      .string()
      .meta({ holds: 'catalogue', description: 'about:blank, since `code` is the machine-readable part' }),
    title: z
      .string()
      .meta({ holds: 'catalogue', description: 'What happened and what to do, from the closed catalogue' }),
    status: z.int(),
    code: z.enum(codes),
    request_id: z.string().meta({ holds: 'id' }),
    retryable: z.boolean().meta({ description: 'Whether the same request may succeed later' }),
    errors: z
      .array(
        z.strictObject({
          pointer: z.string().meta({ holds: 'id' }),
          detail: z.string().meta({ holds: 'catalogue' }),
        }),
      )
      .optional()
      .meta({ description: 'For bad input: one JSON pointer (RFC 6901) for each wrong place' }),
  })
  .meta({ id: 'Problem' })

export type Problem = z.infer<typeof problemSchema>
