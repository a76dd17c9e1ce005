import { z } from 'zod'
import { parseJson } from '../../kernel/parse-json.ts'

export const exportFormat = 'hyponema-audit-export/1'

const hex32 = z.string().regex(/^[0-9a-f]{64}$/)
const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER)

const lineSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('header'),
    format: z.literal(exportFormat),
    origin: z.string().max(200),
    size: count,
    exported_at: z.iso.datetime(),
    bodies_since: z.iso.datetime().nullable(),
  }),
  z.strictObject({
    kind: z.literal('event'),
    sequence: count,
    event_id: z.string().max(100),
    leaf_hash: hex32,
    body: z.string().nullable(),
  }),
  z.strictObject({ kind: z.literal('uncovered'), event_id: z.string().max(100), body: z.string() }),
  z.strictObject({
    kind: z.literal('tile'),
    level: z.int().min(0).max(8),
    index: count,
    hashes: z.base64().nullable(),
  }),
  z.strictObject({ kind: z.literal('checkpoint'), note: z.string().max(10_000) }),
])

export type ExportLine = z.infer<typeof lineSchema>

/** One line of an export; undefined for what is none, such as a line that was cut. */
export function readExportLine(text: string): ExportLine | undefined {
  const value = parseJson(text)
  // A million events are read in seconds only when the common line is looked at by hand.
  if (isEventLine(value)) return value
  const parsed = lineSchema.safeParse(value)
  return parsed.success ? parsed.data : undefined
}

function isEventLine(value: unknown): value is Extract<ExportLine, { kind: 'event' }> {
  if (typeof value !== 'object' || value === null || !('kind' in value) || value.kind !== 'event') return false
  if (!('sequence' in value && 'event_id' in value && 'leaf_hash' in value && 'body' in value)) return false
  const { sequence, event_id: id, leaf_hash: leaf, body } = value
  return (
    Object.keys(value).length === 5 &&
    typeof sequence === 'number' &&
    Number.isSafeInteger(sequence) &&
    sequence >= 0 &&
    typeof id === 'string' &&
    id.length <= 100 &&
    typeof leaf === 'string' &&
    /^[0-9a-f]{64}$/.test(leaf) &&
    (body === null || typeof body === 'string')
  )
}
