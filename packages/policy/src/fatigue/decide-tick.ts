import type { Decision } from '@hyponema/contract'
import type { CompiledPolicy } from '../compiled-policy.ts'
import { allowDecision } from '../rule-decision.ts'
import type { TickFacts } from './tick-facts.ts'

/** What time alone asks for: reminders, breaks, the end of a session that ran into the night. */
export function decideTick(policy: CompiledPolicy, _facts: TickFacts | undefined, mode: Decision['mode']): Decision {
  return allowDecision(policy, 'tick', mode)
}
