import type { Decision } from '@hyponema/contract'
import type { CompiledPolicy } from '../compiled-policy.ts'
import { allowDecision } from '../rule-decision.ts'

/** Whether the user says that it does not want to be contacted any more. */
export function decideRefusals(policy: CompiledPolicy, _text: string, mode: Decision['mode']): Decision {
  return allowDecision(policy, 'input', mode)
}
