/**
 * Threat: a tool does what a rule forbids, or what a rule withholds of its answer reaches the model or a client all the same.
 * Rule: a wish has passed the tool_call stage before it comes here (call-tools.ts); what the tool answered passes the tool_result
 * stage before the model reads it. Clients get name, status and where the guard stepped in, of a visible tool also arguments
 * and answer, cleared. Arguments and results are stored sealed; what a rule refused lies in its decision alone.
 * On failure: the model reads that it is not allowed, or that the answer was withheld.
 */
import { encodeId } from '@hyponema/contract'
import { makePromptSegment, type PromptPart, type ToolCall } from '../prompt-segment.ts'
import type { Tool, ToolEffect } from '../tools/define-tool.ts'
import { runTool } from '../tools/run-tool.ts'
import { clearField } from './clear-field.ts'
import { type JudgedPiece, judgePiece } from './judge-piece.ts'
import { startWaitingLine } from './start-waiting-line.ts'
import { keepDecision } from './tell-guard.ts'
import { type OpenToolSpan, openToolSpan } from './tool-span.ts'
import type { Turn } from './turn.ts'
import type { RecordedDecision } from './turn-record.ts'

/** A wish of the model, and the tool that it names; undefined when the agent was never given one of that name. */
export type Wish = { readonly call: ToolCall; readonly tool: Tool | undefined }

export type ToolAnswer = {
  /** The wish as the model may read it again. */
  readonly call: ToolCall
  readonly result: PromptPart
  readonly isOk: boolean
  readonly effect?: ToolEffect
}

/** Why a wish is not carried out: a limit of calls is reached, or another call of the same answer stands against it or is the same. */
export type Hindrance = {
  readonly why: 'limit' | 'order' | 'repeated' | 'confirm' | 'arguments'
  readonly words: string
}

/** Stands for a name that the agent was never given: the model wrote it, so it could say anything. */
const unknownTool = 'unknown_tool'
/** Stands for arguments that a rule refused: they lie in the sealed decision alone. */
const withheldArguments = '{}'
const withheldAnswer = 'The answer was withheld.'

/** A wish that a rule stopped: told and recorded like a call that failed, and never made. */
export async function denyCall(turn: Turn, { call, tool }: Wish, decision: RecordedDecision): Promise<ToolAnswer> {
  const denied = { ...call, argumentsJson: withheldArguments }
  const opened = await open(turn, { call: denied, tool }, { shows: false })
  await keepDecision(turn.context, turn.record, { ...decision, spanId: opened.span.id }, turn.emit)
  opened.span.refused('rule')
  const text = failure('This is not allowed.')
  await close(turn, opened, { status: 'failed', resultJson: text, shows: false })
  return answerOf({ call: denied, tool }, { text, quarantined: 0, leftOut: 0, isOk: false })
}

/** A wish that came to nothing before anybody was asked: no call, so that nobody is told of one. The trace knows. */
export function hinderCall(turn: Turn, wish: Wish, { why, words }: Hindrance): ToolAnswer {
  const { call, tool } = wish
  const name = nameOf(call, tool)
  openToolSpan(turn.record.trace, { callId: 'not_made', name, kind: tool?.kind ?? 'unknown' }).refused(why)
  return answerOf(wish, { text: failure(words), quarantined: 0, leftOut: 0, isOk: false })
}

/** Makes a call that no rule stopped, and says the tool's waiting line meanwhile. Never throws for what a tool does. */
export async function makeCall(turn: Turn, wish: Wish, allowed: RecordedDecision): Promise<ToolAnswer> {
  const { context, record, signal } = turn
  const { call, tool } = wish
  const { argumentsJson } = call
  const opened = await open(turn, wish, { shows: true })
  await keepDecision(context, record, { ...allowed, spanId: opened.span.id }, turn.emit)
  const waitingLine = startWaitingLine(turn, tool)
  const outcome = await runTool({
    tool,
    argumentsJson,
    context: { nowMs: context.clock.nowMs(), idempotencyKey: `${record.id}-${opened.callId}` },
    signal,
  })
  const hasSaidLine = waitingLine.stop()
  const read = await judgeAnswer(turn, { tool: call.name, text: outcome.resultJson, spanId: opened.span.id })
  const isOk = outcome.status === 'ok' && read !== undefined
  if (read === undefined) opened.span.withheld(outcome, hasSaidLine)
  else opened.span.ended(outcome, hasSaidLine)
  const piece = read ?? { text: failure(withheldAnswer), quarantined: 0, leftOut: 0 }
  const status = isOk ? 'ok' : 'failed'
  await close(turn, opened, { status, resultJson: piece.text, shows: read !== undefined })
  const effect = isOk && outcome.status === 'ok' ? outcome.effect : undefined
  const answer = answerOf(wish, { ...piece, isOk })
  return effect === undefined ? answer : { ...answer, effect }
}

/** What the model may read of it; undefined when a rule withholds it. */
async function judgeAnswer(
  { context, record, emit }: Turn,
  { spanId, ...answer }: { tool: string; text: string; spanId: number },
): Promise<JudgedPiece | undefined> {
  const decided: RecordedDecision[] = []
  const read = judgePiece(context, { stage: 'tool_result', ...answer }, (kept) => decided.push(kept))
  for (const kept of decided) await keepDecision(context, record, { ...kept, spanId }, emit)
  return read
}

type Opened = {
  readonly callId: string
  readonly tool: Tool | undefined
  readonly span: OpenToolSpan
  readonly end: (status: 'ok' | 'failed', result: string) => void
}

/** From here on the call stands in the record and in the trace, whatever becomes of the turn. */
async function open(turn: Turn, { call, tool }: Wish, { shows }: { shows: boolean }): Promise<Opened> {
  const { record, emit } = turn
  const { argumentsJson } = call
  // The model chose its call id and may ask for a tool that it was not offered: neither of these reaches a client.
  const name = nameOf(call, tool)
  const { callId, end } = record.openCall(name, argumentsJson)
  const span = openToolSpan(record.trace, { callId, name, kind: tool?.kind ?? 'unknown' })
  if (tool !== undefined) {
    const shown = shows && tool.isVisible ? clearField(turn, argumentsJson, span.id) : undefined
    const data = { turn_id: encodeId('turn', record.id), call_id: callId, name }
    await emit({ event: 'tool_call', data: shown === undefined ? data : { ...data, arguments: shown } })
  }
  return { callId, tool, span, end }
}

async function close(
  turn: Turn,
  { callId, tool, span, end }: Opened,
  { status, resultJson, shows }: { status: 'ok' | 'failed'; resultJson: string; shows: boolean },
): Promise<void> {
  end(status, resultJson)
  if (tool === undefined) return
  const shown = shows && tool.isVisible ? clearField(turn, resultJson, span.id) : undefined
  const data = { turn_id: encodeId('turn', turn.record.id), call_id: callId, name: tool.name, status }
  await turn.emit({ event: 'tool_result', data: shown === undefined ? data : { ...data, result: shown } })
}

function answerOf({ call, tool }: Wish, { text, quarantined, isOk }: JudgedPiece & { isOk: boolean }): ToolAnswer {
  const name = nameOf(call, tool)
  const segment = makePromptSegment({ text, source: `tool:${name}`, trust: 'tool', quarantined })
  return {
    call: { ...call, name },
    isOk,
    result: { kind: 'tool_result', callId: call.callId, toolName: name, segment },
  }
}

function nameOf(call: ToolCall, tool: Tool | undefined): string {
  return tool === undefined ? unknownTool : call.name
}

function failure(error: string): string {
  return JSON.stringify({ ok: false, error })
}
