import { z } from 'zod'

/** How two documents differ: entries of named lists by their name, so that an order that has changed is no change. */
export const documentDiffSchema = z
  .strictObject({
    from: z.union([z.int(), z.literal('draft')]),
    to: z.union([z.int(), z.literal('draft')]),
    changes: z.array(
      z.strictObject({
        change: z.enum(['added', 'removed', 'changed']),
        pointer: z.string().meta({ description: 'JSON pointer into `to`; of what was removed into `from`' }),
        rule: z
          .string()
          .nullable()
          .meta({ description: 'The name of the rule it belongs to; null outside of named lists' }),
        from: z.unknown().optional(),
        to: z.unknown().optional(),
      }),
    ),
    complete: z
      .boolean()
      .meta({ description: 'false: there are more than a thousand changes, and these are the first' }),
  })
  .meta({ id: 'DocumentDiff' })
export type DocumentDiff = z.infer<typeof documentDiffSchema>

/** Which two are compared: versions by their number, or the draft. */
export const diffQuerySchema = z.strictObject({
  from: z
    .union([z.literal('draft'), z.coerce.number().int().min(1).max(2_147_483_647)])
    .optional()
    .meta({ description: 'Absent: the version that is in force' }),
  to: z.union([z.literal('draft'), z.coerce.number().int().min(1).max(2_147_483_647)]).default('draft'),
})
