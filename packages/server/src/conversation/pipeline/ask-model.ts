import { AppError } from '../../kernel/app-error.ts'
import type { PromptPart, ToolCall } from '../prompt-segment.ts'
import type { ModelRequest } from '../providers/model-port.ts'
import { sendSteps } from './speak.ts'
import { startFiller } from './start-filler.ts'
import { keepDecision } from './tell-guard.ts'
import { type TracedGate, traceGate } from './trace-gate.ts'
import { traceModelCall } from './trace-model-call.ts'
import type { Turn } from './turn.ts'

const defaultMaxOutputTokens = 512

/**
 * `whole`: the model said all it wanted. `empty`: it said nothing that one could read. `cut_short`: a limit of length ended it, the
 * provider's or ours. `stopped`: a rule ended it, and the turn with it.
 */
type Ending = 'whole' | 'empty' | 'cut_short' | 'stopped'
type ModelReply = { readonly calls: readonly ToolCall[]; readonly said: string; readonly ending: Ending }

/** One answer of the model, sent as the gate releases it. `said` is what left, `calls` what the model wishes. */
export async function askModel(turn: Turn, prompt: readonly PromptPart[]): Promise<ModelReply> {
  const { context, record, emit, signal } = turn
  const saidBefore = record.said
  const calls: ToolCall[] = []
  const call = new AbortController()
  const traced = traceModelCall(context, record, prompt)
  let gate: TracedGate | undefined
  const filler = startFiller(turn)
  let isFirst = true
  let stopped = false
  let ending: Ending = 'empty'
  try {
    for await (const event of context.model.stream(modelRequest(turn, prompt, call.signal))) {
      traced.take(event)
      for (const kept of context.takeKeptDecisions())
        await keepDecision(context, record, { ...kept, spanId: traced.spanId }, emit)
      if (event.type === 'usage') {
        record.inputTokens += event.inputTokens
        record.outputTokens += event.outputTokens
      }
      // Of a call that was ended only the bill is awaited.
      if (stopped || signal.aborted) continue
      if (event.type === 'text' && event.delta !== '') {
        if (event.delta.trim() !== '') ending = 'whole'
        filler.stop()
        const separator = isFirst && record.said !== '' && !/\s$/.test(record.said) ? ' ' : ''
        isFirst = false
        gate ??= traceGate(record, traced.spanId)
        const text = separator + event.delta
        const steps = gate.pass(text, () => context.gate.push(text))
        stopped = !(await sendSteps(context, record, steps, emit, gate.spanId))
        if (stopped) call.abort(new AppError('provider.unavailable', 'a rule stopped the turn'))
      } else if (event.type === 'tool_call') {
        calls.push({ callId: event.callId, name: event.name, argumentsJson: event.argumentsJson })
      } else if (event.type === 'finish' && event.reason === 'length') {
        ending = 'cut_short'
      } else if (event.type === 'finish' && event.reason === 'content_filter') {
        throw new AppError('provider.answer_withheld', 'the filter of the provider withheld the answer or its end')
      }
    }
  } catch (error) {
    if (!stopped) {
      traced.end(signal.aborted ? 'cut' : 'failed', error)
      throw error
    }
  } finally {
    filler.stop()
  }
  traced.end(signal.aborted ? 'cut' : stopped ? 'refused' : 'ok')
  signal.throwIfAborted()
  if (!stopped) {
    const rest = gate?.pass('', () => context.gate.endUtterance()) ?? context.gate.endUtterance()
    stopped = !(await sendSteps(context, record, rest, emit, gate?.spanId))
  }
  gate?.end()
  if (stopped) return { calls: [], said: '', ending: 'stopped' }
  return { calls, said: record.said.slice(saidBefore.length), ending }
}

function modelRequest({ context, signal }: Turn, prompt: readonly PromptPart[], callSignal: AbortSignal): ModelRequest {
  const { model: settings } = context.agent
  return {
    prompt,
    tools: context.tools.offered,
    maxOutputTokens: settings.kind === 'scripted' ? defaultMaxOutputTokens : settings.max_output_tokens,
    ...(settings.kind === 'scripted' || settings.temperature === undefined
      ? {}
      : { temperature: settings.temperature }),
    signal: AbortSignal.any([signal, callSignal]),
  }
}
