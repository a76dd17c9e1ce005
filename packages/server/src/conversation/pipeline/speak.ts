/**
 * Threat: words leave that a rule forbids, by whichever exit.
 * Rule: everything that the agent says goes through here: replies, the greeting, canned lines. Text is sent only as the
 * gate releases it, and what the gate withholds is kept for the sealed decision alone.
 * On failure: a gate that throws has decided `replace` (its stage's safe default); nothing that was held is sent.
 */
import { encodeId } from '@hyponema/contract'
import type { Cleared } from '../../kernel/cleared.ts'
import { ClearedBuffer } from '../cleared-buffer.ts'
import type { GateStep } from '../policy-gate.ts'
import type { Emit, SessionContext } from './session-context.ts'
import { tellGuard } from './tell-guard.ts'
import type { TurnRecord } from './turn-record.ts'

/** Sends what the gate released and tells what it did, below `spanId` of the trace. Returns false when the turn has to stop. */
export async function sendSteps(
  context: SessionContext,
  record: TurnRecord,
  steps: readonly GateStep[],
  emit: Emit,
  spanId?: number,
): Promise<boolean> {
  for (const step of steps) {
    if (step.kind === 'text') {
      await sendText(context, record, step.text, emit)
      continue
    }
    if (!(await sendGuard(context, record, { step, spanId }, emit))) return false
  }
  return true
}

/** Hands on words that are cleared. Whether they were heard is told by whoever delivers them. */
export async function sendText(context: SessionContext, record: TurnRecord, text: Cleared, emit: Emit): Promise<void> {
  const words = isFirstOfLine(record) ? withoutGap(text) : text
  if (words === '') return
  record.say(words, context.clock.nowMs())
  await emit({ event: 'token', data: { turn_id: encodeId('turn', record.id), text: words } })
}

/** A turn that begins with a line while the person has not spoken since the turn before. */
function isFirstOfLine({ said, line }: TurnRecord): boolean {
  return said === '' && line !== undefined && line.source !== 'operator'
}

/** The gate judges such a line behind a blank, as the words of one turn of the person; in a turn of its own nothing stands before it. */
function withoutGap(text: Cleared): Cleared {
  const pieces = new ClearedBuffer()
  pieces.push(text)
  pieces.take(text.startsWith(' ') ? 1 : 0)
  return pieces.take(pieces.text.length)
}

async function sendGuard(
  context: SessionContext,
  record: TurnRecord,
  { step, spanId }: { step: Extract<GateStep, { kind: 'guard' }>; spanId: number | undefined },
  emit: Emit,
): Promise<boolean> {
  const id = context.newId()
  record.keep({
    id,
    decision: step.decision,
    engineUs: step.engineUs,
    blockedText: step.blockedText,
    charactersHeard: step.charactersHeard,
    ...(spanId === undefined ? {} : { spanId }),
  })
  const { action, ruleId, label, engineUs, charactersHeard } = step
  await tellGuard(record, { stage: 'output', action, ruleId, label }, { id, engineUs, charactersHeard }, emit)
  for (const line of step.lines) await sendText(context, record, line, emit)
  if (step.action === 'escalate') record.escalates = true
  if (step.action === 'end') record.endsSession = true
  if (step.stopTurn) record.status = 'blocked'
  return !step.stopTurn
}
