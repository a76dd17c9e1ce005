import type { Decision } from '@hyponema/contract'
import type { CompiledPolicy } from '../compiled-policy.ts'
import { allowDecision } from '../rule-decision.ts'
import type { ToolFacts } from './tool-facts.ts'

/** What the tool rules say of one call (runtime-safety 4). The zones' word is joined by the caller. */
export function decideToolRules(
  policy: CompiledPolicy,
  _call: { readonly tool: string; readonly arguments: unknown },
  _facts: ToolFacts | undefined,
  mode: Decision['mode'],
): Decision {
  return allowDecision(policy, 'tool_call', mode)
}
