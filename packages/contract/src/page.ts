import { z } from 'zod'

/** What every list takes: an opaque cursor and a limit. */
export const pageQuerySchema = z.strictObject({
  cursor: z.string().max(200).optional().meta({ description: 'The next_cursor of the page before' }),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})

/** What every list answers, newest first unless the route says so. */
export function pageSchema<Item extends z.ZodType>(item: Item) {
  return z.strictObject({
    data: z.array(item),
    next_cursor: z.string().nullable().meta({ description: 'null on the last page' }),
  })
}

/** RFC 3339 UTC with milliseconds. */
export const timestampSchema = z.iso.datetime().meta({ example: '2026-01-31T12:00:00.000Z' })
