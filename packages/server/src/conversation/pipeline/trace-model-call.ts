import type { SpanDetail, SpanStatus, TracedSegment } from '@hyponema/contract'
import { AppError } from '../../kernel/app-error.ts'
import type { PromptPart } from '../prompt-segment.ts'
import type { ModelEvent } from '../providers/model-port.ts'
import type { SessionContext } from './session-context.ts'
import type { TurnRecord } from './turn-record.ts'

/** One call of the model in the trace of its turn. */
export type TracedCall = {
  readonly spanId: number
  /** Told of each event as it comes. */
  readonly take: (event: ModelEvent) => void
  readonly end: (status: SpanStatus, error?: unknown) => void
}

/** Begins the span. What the prompt was made of is looked at when it ends, when no word waits for it any more. */
export function traceModelCall(
  { agent }: Pick<SessionContext, 'agent'>,
  record: TurnRecord,
  prompt: readonly PromptPart[],
): TracedCall {
  const startedMs = performance.now()
  let usage = { input_tokens: 0, output_tokens: 0 }
  let firstMs: number | null = null
  let toolCalls = 0
  let finish: string | null = null
  const detail = (error: string | null): SpanDetail<'model'> => ({
    ...nameOf(agent.model),
    segments: prompt.map(traced),
    ...usage,
    first_token_ms: firstMs,
    tool_calls: toolCalls,
    finish,
    error,
  })
  const span = record.trace.begin('model', { name: 'model', detailIfCut: () => detail(null) })
  return {
    spanId: span.id,
    take: (event) => {
      if (event.type === 'usage') usage = { input_tokens: event.inputTokens, output_tokens: event.outputTokens }
      else if (event.type === 'finish') finish = event.reason
      else firstMs ??= Math.round((performance.now() - startedMs) * 1000) / 1000
      if (event.type === 'tool_call') toolCalls += 1
    },
    end: (status, error) => span.end(detail(error === undefined ? null : codeOf(error)), status),
  }
}

function nameOf(model: SessionContext['agent']['model']): { readonly provider: string; readonly model: string } {
  if (model.kind === 'scripted') return { provider: 'scripted', model: 'scripted' }
  return { provider: model.provider, model: model.model }
}

/** No word of it: a tool whose name the model made up is called `unknown_tool` where its segment is made. */
function traced({ segment }: PromptPart): TracedSegment {
  const { source, trust, hash, text, quarantined, leftOut } = segment
  const head = { source, trust, hash, characters: text.length, quarantined }
  return leftOut === 0 ? head : { ...head, left_out: leftOut }
}

/** A code of the catalogue; what a provider said stays in the log. */
function codeOf(error: unknown): string {
  return error instanceof AppError ? error.code : 'server.internal'
}
