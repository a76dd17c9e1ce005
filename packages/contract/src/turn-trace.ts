/**
 * What happened in one turn, as a tree of spans (product.md: trace tree per turn). Spans name things by id, hash and number; no
 * word of a person, a document or a tool stands in one.
 */
import { z } from 'zod'
import { actions, stages } from './decision.ts'
import { idSchema } from './ids.ts'
import { timestampSchema } from './page.ts'
import { strictFields } from './strict-fields.ts'

export const spanKinds = ['turn', 'policy', 'retrieval', 'model', 'tool', 'gate', 'variables'] as const
export type SpanKind = (typeof spanKinds)[number]

/** `cut`: somebody ended it, or a deadline did. `refused`: a rule did. */
export const spanStatuses = ['ok', 'failed', 'cut', 'refused'] as const
export type SpanStatus = (typeof spanStatuses)[number]

/** Who answers for words in a prompt (runtime-safety 4). */
export const promptTrusts = ['system', 'operator', 'user', 'tool', 'document'] as const

export const tracedSegmentSchema = z
  .strictObject({
    source: z
      .string()
      .meta({ description: 'Where it came from, as in `persona`, `variable:name`, `document:chk_...`' }),
    trust: z.enum(promptTrusts),
    hash: z
      .string()
      .meta({ description: 'SHA-256 of its text, hex; before the blanks of documents and tools were marked' }),
    characters: z.int(),
    quarantined: z.int().meta({ description: 'Sentences that were taken out of it' }),
    left_out: z.int().optional().meta({ description: 'Characters of it that did not fit; absent where all did' }),
  })
  .meta({ id: 'TracedSegment' })
export type TracedSegment = z.infer<typeof tracedSegmentSchema>

const count = z.int().nonnegative()

/** What a span says besides its time, by its kind. */
export const spanDetailSchemas = {
  turn: z.strictObject({ role: z.enum(['agent']), spoken_characters: count }),
  policy: z.strictObject({
    stage: z.enum(stages),
    action: z.enum(actions),
    rule_ids: z.array(z.string()),
    decision_id: idSchema('decision')
      .nullable()
      .meta({ description: 'null where it was a plain allow, which is not stored' }),
    engine_us: count,
  }),
  retrieval: z.strictObject({
    outcome: z.enum(['found', 'nothing', 'timed_out', 'failed', 'no_question']),
    sources: count.meta({ description: 'Sources that were searched' }),
    chunks: z.array(
      z.strictObject({
        chunk_id: idSchema('chunk'),
        knowledge_id: idSchema('knowledge'),
        position: count.meta({
          description: 'Its place among the passages of the source; ids change when it is read again',
        }),
        page: count.nullable().meta({ description: 'Of the document, where it has pages' }),
        score: z
          .number()
          .meta({ description: 'How well it fits the question: to be compared within this search only' }),
        characters: count,
        used: z.boolean().meta({
          description: 'false: a rule withheld it. Where it did not fit into the prompt, its segment says `left_out`',
        }),
      }),
    ),
  }),
  model: z.strictObject({
    provider: z.string(),
    model: z.string(),
    segments: z.array(tracedSegmentSchema).meta({ description: 'Every piece of the prompt, in its order' }),
    input_tokens: count,
    output_tokens: count,
    first_token_ms: z.number().nullable(),
    tool_calls: count,
    finish: z.string().nullable(),
    error: z.string().nullable().meta({ description: 'A code of our catalogue' }),
  }),
  tool: z.strictObject({
    call_id: z.string(),
    name: z.string(),
    tool_kind: z.enum(['system', 'built_in', 'http', 'mcp', 'unknown']),
    reason: z
      .string()
      .nullable()
      .meta({ description: 'Why it failed, as in `timeout`, `bad_arguments`, `http_status`' }),
    attempts: count,
    status_code: z.int().nullable(),
    answer_bytes: count.nullable(),
    waiting_line: z.boolean().meta({ description: 'Whether its line was said meanwhile' }),
    problem: z.string().nullable().meta({ description: 'What went wrong, in our words, for the operator' }),
  }),
  gate: z.strictObject({ pushed_characters: count, released_characters: count, guards: count }),
  variables: z.strictObject({
    outcome: z.enum(['resolved', 'timed_out', 'failed']),
    names: z.array(z.string()),
    problem: z.string().nullable(),
  }),
} as const satisfies Record<SpanKind, z.ZodType>

export type SpanDetail<Kind extends SpanKind> = z.infer<(typeof spanDetailSchemas)[Kind]>

const spanHead = {
  span_id: z.int().meta({ description: 'Unique in its trace; 0 is the turn' }),
  parent_span_id: z.int().nullable(),
  name: z.string(),
  started_ms: z.number().meta({ description: 'Since the turn began' }),
  duration_ms: z.number(),
  status: z.enum(spanStatuses),
}

function spanOf<const Kind extends SpanKind>(kind: Kind) {
  return z.strictObject({ ...spanHead, kind: z.literal(kind), detail: spanDetailSchemas[kind] })
}

export const traceSpanSchema = z
  .discriminatedUnion('kind', [
    spanOf('turn'),
    spanOf('policy'),
    spanOf('retrieval'),
    spanOf('model'),
    spanOf('tool'),
    spanOf('gate'),
    spanOf('variables'),
  ])
  .meta({ id: 'TraceSpan' })
export type TraceSpan = z.infer<typeof traceSpanSchema>

export const turnTraceSchema = strictFields({
  turn_id: idSchema('turn'),
  session_id: idSchema('session'),
  started_at: timestampSchema,
  spans: z.array(traceSpanSchema).meta({ description: 'A tree by parent_span_id, in the order in which they began' }),
  dropped_spans: z.int().meta({ description: 'Beyond the bound of a trace' }),
}).meta({ id: 'TurnTrace' })
