import type { Decision } from '@hyponema/contract'
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import { joinAllDecisions } from '../decide/join-decisions.ts'
import { allowDecision } from '../decide/rule-decision.ts'
import { sectionDecision } from '../decide/section-decision.ts'
import { findPii } from './find-pii.ts'
import { piiMarker } from './pii-words.ts'

/**
 * Personal data in a text that goes to the model: `annotate` with what is to be masked at the input, `redact` at the others. A
 * match says what stands in its place, and never what stood there.
 */
export function decidePii(
  policy: CompiledPolicy,
  event: { readonly stage: 'input' | 'retrieval' | 'tool_result'; readonly text: string },
  mode: Decision['mode'],
): Decision {
  const { stage, text } = event
  const allowed = allowDecision(policy, stage, mode)
  const duties = policy.pii.to_model
  if (duties.size === 0) return allowed
  const decided = findPii(text).flatMap(({ kind, start, end }): readonly Decision[] => {
    const duty = duties.get(kind)
    const rule = duty === undefined ? undefined : policy.sections.pii[duty.rule]
    if (duty === undefined || rule === undefined) return []
    const { action } = duty
    return [
      sectionDecision(policy, { stage, mode }, rule, {
        action: stage === 'input' ? 'annotate' : 'redact',
        obligations: [{ kind: 'mask', ruleId: rule.ruleId, direction: 'to_model', pii: kind, action }],
        matches: [{ view: 'checksum', span: { start, end }, folded: piiMarker({ kind, action }) }],
      }),
    ]
  })
  return joinAllDecisions(allowed, decided)
}
