import type { Decision } from '@hyponema/contract'
import type { CompiledPolicy } from '../compiled-policy.ts'
import { allowDecision } from '../rule-decision.ts'

/** Personal data in a text that goes to the model: `annotate` with what is to be masked at the input, `redact` at the others. */
export function decidePii(
  policy: CompiledPolicy,
  event: { readonly stage: 'input' | 'retrieval' | 'tool_result'; readonly text: string },
  mode: Decision['mode'],
): Decision {
  return allowDecision(policy, event.stage, mode)
}
