/**
 * Threat: the person agrees to something else than what is done, or is asked in words that a rule forbids.
 * Rule: the question reads out what the call is about, goes through the gate like any line, and ends the turn. The call waits,
 * bound to its digest.
 * On failure: what may not be asked is not done.
 */
import type { OriginSegment } from '@hyponema/policy'
import type { ToolCall } from '../prompt-segment.ts'
import { confirmationQuestion, strictestQuestion } from '../tools/confirmation/confirmation-question.ts'
import { digestCall } from '../tools/confirmation/digest-call.ts'
import { type AskedCall, PendingConfirmation } from '../tools/confirmation/pending-confirmation.ts'
import type { Wish } from './call-tool.ts'
import { clearLine } from './clear-line.ts'
import { sendText } from './speak.ts'
import { keepDecision } from './tell-guard.ts'
import { openToolSpan } from './tool-span.ts'
import type { Turn } from './turn.ts'
import type { RecordedDecision } from './turn-record.ts'

/** Asks the person about a call. False: it could not be asked, so it is not made. */
export async function askToConfirm(
  turn: Turn,
  { call, tool, decision }: Wish & { readonly decision: RecordedDecision },
  waiting: { readonly rest: readonly ToolCall[]; readonly segments: readonly OriginSegment[] },
): Promise<boolean> {
  const { context, record, emit } = turn
  const span = openToolSpan(record.trace, {
    callId: 'not_made',
    name: tool?.name ?? 'unknown_tool',
    kind: tool?.kind ?? 'unknown',
  })
  await keepDecision(context, record, { ...decision, spanId: span.id }, emit)
  span.refused('confirm')
  const question = strictestQuestion(decision.decision.obligations)
  const digest = digestCall(call)
  if (question === undefined || digest === undefined) return false
  const text = confirmationQuestion(call.name, question, context.language)
  const { confirmation } = question
  return await sayQuestion(turn, {
    call,
    digest,
    confirmation,
    turnId: record.id,
    question: text,
    repeats: 0,
    ...waiting,
  })
}

/** The same question once more, about the same call. */
export async function askAgain(turn: Turn, asked: AskedCall): Promise<boolean> {
  return await sayQuestion(turn, { ...asked, turnId: turn.record.id, repeats: asked.repeats + 1 })
}

async function sayQuestion({ context, record, emit }: Turn, asked: AskedCall): Promise<boolean> {
  const pieces = clearLine(context, record, asked.question)
  // A question of which a part is missing asks for something else. The blank before it is the gate's.
  if (pieces.join('').trimStart() !== asked.question) return false
  for (const piece of pieces) await sendText(context, record, piece, emit)
  context.calls.ask(new PendingConfirmation(asked))
  return true
}
