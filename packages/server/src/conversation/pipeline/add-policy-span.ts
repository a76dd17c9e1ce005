import { encodeId, type SpanStatus } from '@hyponema/contract'
import type { RecordedDecision } from './recorded-decision.ts'
import type { TurnTrace } from './turn-trace.ts'

/** Tells the trace what was decided, an `allow` included, below what it was decided about. */
export function addPolicySpan(trace: TurnTrace, { id, decision, engineUs, spanId }: RecordedDecision): void {
  trace.add('policy', {
    name: decision.stage,
    ...(spanId === undefined ? {} : { parent: spanId }),
    detail: {
      stage: decision.stage,
      action: decision.action,
      rule_ids: [...new Set(decision.matches.map(({ ruleId }) => ruleId))],
      decision_id: decision.action === 'allow' ? null : encodeId('decision', id),
      engine_us: engineUs,
    },
    status: statusOf(decision),
  })
}

function statusOf({ action, mode }: RecordedDecision['decision']): SpanStatus {
  const goesOn = mode === 'shadow' || action === 'allow' || action === 'annotate' || action === 'redact'
  return goesOn ? 'ok' : 'refused'
}
