import { type TraceSpan, traceSpanSchema, type Uuid } from '@hyponema/contract'
import { z } from 'zod'
import type { UserContentKey } from '../../guards/content-keys.ts'
import type { ContentPurpose, SealedContent } from '../../platform/crypto/sealed-content.ts'

/** What a trace's sealed `content` holds. */
const contentSchema = z.strictObject({
  started_at: z.int(),
  spans: z.array(z.unknown()),
  dropped_spans: z.int().nonnegative(),
})

export type TraceContent = {
  readonly startedAtMs: number
  readonly spans: readonly TraceSpan[]
  readonly dropped: number
}

/** As the column allows; what a longer one has too much of is left out and counted. */
const maxBytes = 512 * 1024

export function sealTrace(key: UserContentKey, turnId: Uuid, trace: TraceContent): SealedContent {
  return key.seal({ table: 'turn_traces', column: 'content', rowId: turnId }, written(trace))
}

export function openTrace(
  key: UserContentKey,
  turnId: Uuid,
  sealed: SealedContent,
  purpose: ContentPurpose,
): TraceContent {
  const text = key.open({ table: 'turn_traces', column: 'content', rowId: turnId }, sealed, purpose)
  const { started_at: startedAtMs, spans: written, dropped_spans: dropped } = contentSchema.parse(JSON.parse(text))
  // One that a newer server wrote is not understood here; the others are.
  const spans = written.flatMap((span) => traceSpanSchema.safeParse(span).data ?? [])
  const known = new Set(spans.map((span) => span.span_id))
  const below = spans.map((span): TraceSpan => {
    const { parent_span_id: parent } = span
    return parent === null || known.has(parent) ? span : { ...span, parent_span_id: 0 }
  })
  return { startedAtMs, spans: below, dropped: dropped + written.length - spans.length }
}

/** What a call did and what a model was asked is what a trace is read for; what was decided about it comes after that. */
const ranks: Readonly<Record<TraceSpan['kind'], number>> = {
  turn: 0,
  tool: 1,
  variables: 1,
  retrieval: 1,
  model: 2,
  gate: 3,
  policy: 3,
}

function written({ startedAtMs, spans, dropped }: TraceContent): string {
  const texts = new Map<TraceSpan, string>()
  let bytes = 100
  for (const span of spans.toSorted((one, other) => ranks[one.kind] - ranks[other.kind])) {
    const text = JSON.stringify(span)
    const length = Buffer.byteLength(text, 'utf8') + 1
    if (bytes + length > maxBytes) continue
    bytes += length
    texts.set(span, text)
  }
  const kept = spans.flatMap((span) => texts.get(span) ?? [])
  const left = dropped + spans.length - kept.length
  return `{"started_at":${Math.round(startedAtMs)},"dropped_spans":${left},"spans":[${kept.join(',')}]}`
}
