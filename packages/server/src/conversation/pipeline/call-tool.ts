import { encodeId } from '@hyponema/contract'
import type { TimedDecision } from '../policy-gate.ts'
import { makePromptSegment, type PromptPart, type ToolCall } from '../prompt-segment.ts'
import { runTool } from '../tools/run-tool.ts'
import { judgePiece } from './judge-piece.ts'
import type { Emit, SessionContext } from './session-context.ts'
import { keepDecision } from './tell-guard.ts'
import type { RecordedDecision, TurnRecord } from './turn-record.ts'

/** What the model reads when a rule stopped the call or withheld the answer. */
const refusedResult = JSON.stringify({ ok: false, error: 'This is not allowed.' })
const withheldResult = JSON.stringify({ ok: false, error: 'The answer was withheld.' })

/** Stands for a name that the agent was never given: the model wrote it, so it could say anything. */
const unknownTool = 'unknown_tool'
/** Stands for arguments that a rule refused: they lie in the sealed decision alone. */
const withheldArguments = '{}'

export type ToolAnswer = {
  /** The wish as the model may read it again. */
  readonly call: ToolCall
  readonly result: PromptPart
}

/**
 * One wish of the model: tool_call stage, run, tool_result stage. Clients see the name, whether it worked and where the guard stepped in; arguments
 * and results are stored sealed, what a rule refused only in its decision. Returns what the model is told.
 */
export async function callTool(
  context: SessionContext,
  record: TurnRecord,
  call: ToolCall,
  options: { emit: Emit; signal: AbortSignal },
): Promise<ToolAnswer> {
  const { emit } = options
  // The model chose its call id and may ask for a tool that it was not offered: neither of these reaches a client.
  const known = context.tools.find(call.name) !== undefined
  const callId = `call_${record.toolCalls.length + 1}`
  const event = { turn_id: encodeId('turn', record.id), call_id: callId, name: call.name }
  if (known) await emit({ event: 'tool_call', data: event })
  const { resultJson, status, refused, quarantined } = await runGuarded(context, record, call, options)
  const argumentsJson = refused ? withheldArguments : call.argumentsJson
  record.toolCalls.push({
    call_id: callId,
    name: known ? call.name : unknownTool,
    status,
    arguments: argumentsJson,
    result: resultJson,
  })
  if (known) await emit({ event: 'tool_result', data: { ...event, status } })
  return {
    call: { ...call, argumentsJson },
    result: {
      kind: 'tool_result',
      callId: call.callId,
      toolName: call.name,
      segment: makePromptSegment({ text: resultJson, source: `tool:${call.name}`, trust: 'tool', quarantined }),
    },
  }
}

type GuardedResult = {
  readonly resultJson: string
  readonly status: 'ok' | 'failed'
  readonly refused: boolean
  readonly quarantined: number
}

async function runGuarded(
  context: SessionContext,
  record: TurnRecord,
  call: ToolCall,
  { emit, signal }: { emit: Emit; signal: AbortSignal },
): Promise<GuardedResult> {
  const wish = context.gate.decideToolCall(call.name, call.argumentsJson)
  await keepDecision(context, record, asRecorded(context, wish, call.argumentsJson), emit)
  if (wish.decision.action !== 'allow') {
    if (wish.decision.action === 'escalate') record.escalates = true
    if (wish.decision.action === 'end') record.endsSession = true
    return { resultJson: refusedResult, status: 'failed', refused: true, quarantined: 0 }
  }
  const outcome = await runTool({
    tool: context.tools.find(call.name),
    argumentsJson: call.argumentsJson,
    context: { nowMs: context.clock.nowMs(), idempotencyKey: `${record.id}-${record.toolCalls.length + 1}` },
    signal,
  })
  const decided: RecordedDecision[] = []
  const answer = judgePiece(context, { stage: 'tool_result', tool: call.name, text: outcome.resultJson }, (kept) =>
    decided.push(kept),
  )
  for (const kept of decided) await keepDecision(context, record, kept, emit)
  if (answer === undefined) return { resultJson: withheldResult, status: 'failed', refused: false, quarantined: 0 }
  const status = outcome.status === 'ok' ? 'ok' : 'failed'
  return { resultJson: answer.text, status, refused: false, quarantined: answer.quarantined }
}

function asRecorded({ newId }: SessionContext, timed: TimedDecision, blockedText: string): RecordedDecision {
  return { id: newId(), decision: timed.decision, engineUs: timed.engineUs, blockedText, charactersHeard: 0 }
}
