import { encodeId } from '@hyponema/contract'
import type { GuardMark } from '../guard-mark.ts'
import type { Emit, SessionContext } from './session-context.ts'
import type { RecordedDecision, TurnRecord } from './turn-record.ts'

/** Tells the client where and by which rule the guard stepped in; never what it withheld. */
export async function tellGuard(
  record: TurnRecord,
  mark: GuardMark,
  { id, engineUs, charactersHeard }: Pick<RecordedDecision, 'id' | 'engineUs' | 'charactersHeard'>,
  emit: Emit,
): Promise<void> {
  await emit({
    event: 'guard',
    data: {
      turn_id: encodeId('turn', record.id),
      decision_id: encodeId('decision', id),
      stage: mark.stage,
      action: mark.action,
      zone: mark.label,
      rule_id: mark.ruleId,
      engine_ms: engineUs / 1000,
      characters_heard: charactersHeard,
    },
  })
}

/** Keeps a decision for the turn and tells the client when the guard stepped in by it. */
export async function keepDecision(
  { gate }: Pick<SessionContext, 'gate'>,
  record: TurnRecord,
  kept: RecordedDecision,
  emit: Emit,
): Promise<void> {
  record.keep(kept)
  if (kept.decision.action === 'allow') return
  const mark = gate.markOf(kept.decision)
  if (mark !== undefined) await tellGuard(record, mark, kept, emit)
}
