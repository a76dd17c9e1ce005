import { clearLine } from './clear-line.ts'
import { sendText } from './speak.ts'
import { keepDecision } from './tell-guard.ts'
import type { Turn } from './turn.ts'

/**
 * What has been counted so far may call a person behind an answer: the escalation stage is asked once more, and its line is said.
 * Not where this turn has called somebody already, or somebody is there.
 */
export async function callByCounts({ context, record, emit }: Turn): Promise<void> {
  const hasCalled = record.escalates || record.asksForPerson || record.endsSession || record.status !== 'complete'
  if (hasCalled || context.handOver.isClaimed) return
  const timed = context.gate.decideCounts()
  if (timed.decision.action !== 'escalate') return
  await keepDecision(context, record, { id: context.newId(), ...timed, blockedText: null, charactersHeard: 0 }, emit)
  record.escalates = true
  for (const text of timed.lines) {
    for (const line of clearLine(context, record, text)) await sendText(context, record, line, emit)
  }
}
