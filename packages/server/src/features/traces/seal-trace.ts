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

/** As the column allows; what a longer one has at its end is left out and counted. */
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
  return { startedAtMs, spans, dropped: dropped + written.length - spans.length }
}

function written({ startedAtMs, spans, dropped }: TraceContent): string {
  const texts: string[] = []
  let bytes = 100
  for (const span of spans) {
    const text = JSON.stringify(span)
    bytes += Buffer.byteLength(text, 'utf8') + 1
    if (bytes > maxBytes) break
    texts.push(text)
  }
  const left = dropped + spans.length - texts.length
  return `{"started_at":${Math.round(startedAtMs)},"dropped_spans":${left},"spans":[${texts.join(',')}]}`
}
