/**
 * Threat: a person is kept talking into the night, or never told again that it talks to a machine.
 * Rule: in each turn, before the agent speaks, and in a voice session while nothing is said, the tick stage is asked what time
 * alone asks for. A session that it ends is ended when its line was heard.
 * On failure: the engine decides `annotate`; the turn goes on, and the decision says that the engine failed.
 */
import { clearLine } from './clear-line.ts'
import { sendText } from './speak.ts'
import { keepDecision } from './tell-guard.ts'
import type { Turn } from './turn.ts'

/** True when the turn goes on; false when its time is over. */
export async function runTick(turn: Turn): Promise<boolean> {
  const { context, record, emit } = turn
  const timed = context.gate.decideTick()
  const { decision } = timed
  // Time asks for nothing at nearly every turn; a trace does not have to say so each time.
  if (decision.action === 'allow') return true
  await keepDecision(context, record, { id: context.newId(), ...timed, blockedText: null, charactersHeard: 0 }, emit)
  for (const obligation of decision.obligations) {
    if (obligation.kind !== 'line') continue
    for (const line of clearLine(context, record, obligation.text)) await sendText(context, record, line, emit)
  }
  record.escalates ||= decision.action === 'escalate'
  record.endsSession ||= decision.action === 'end'
  if (decision.action !== 'escalate' && decision.action !== 'end') return true
  record.status = 'blocked'
  return false
}
