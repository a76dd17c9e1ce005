import type { Judged } from './judge-calls.ts'
import type { Turn } from './turn.ts'
import type { RecordedDecision } from './turn-record.ts'

/**
 * Counts a call that was allowed, before it is made, where a rule bounds its tool by the day. Answers the decision that refuses it
 * after all: another session took the last one since it was judged. Throws where that cannot be counted.
 */
export async function takeDay(
  { context }: Turn,
  { call, tool, facts }: Extract<Judged, { readonly kind: 'allowed' | 'denied' | 'asks' }>,
): Promise<RecordedDecision | undefined> {
  const most = tool === undefined ? undefined : context.gate.callsPerDay(call.name)
  if (most === undefined) return undefined
  const before = await context.toolDays.take(call.name, most)
  if (before < most) return undefined
  const { calls } = facts
  const known = { ...facts, calls: { ...calls, day: Math.max(calls.day, before) } }
  const timed = context.gate.decideToolCall(call.name, call.argumentsJson, known)
  return { id: context.newId(), ...timed, blockedText: call.argumentsJson, charactersHeard: 0 }
}
