import type { Decision } from '@hyponema/contract'
import type { CompiledPolicy } from '../compiled-policy.ts'
import { allowDecision } from '../rule-decision.ts'
import type { ContactFacts } from './contact-facts.ts'

/** Whether somebody may be contacted at this instant (runtime-safety 5). */
export function decideContact(
  policy: CompiledPolicy,
  _facts: ContactFacts | undefined,
  mode: Decision['mode'],
): Decision {
  return allowDecision(policy, 'contact', mode)
}
