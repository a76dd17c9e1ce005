import type { Decision } from '@hyponema/contract'
import type { CompiledPolicy } from '../compiled-policy.ts'
import { allowDecision } from '../rule-decision.ts'
import type { EscalationFacts } from './escalation-facts.ts'

/** Whether a person is called, by what has been counted so far. */
export function decideEscalation(
  policy: CompiledPolicy,
  _facts: EscalationFacts | undefined,
  mode: Decision['mode'],
): Decision {
  return allowDecision(policy, 'escalation', mode)
}
