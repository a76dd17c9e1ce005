/**
 * Threat: a decision cannot be checked afterwards, or what a policy would have changed is guessed.
 * Rule: the engine is pure, so the same policy, event and facts give the same decision. What is found here is compared and shown
 * to whoever may read decisions; nothing of it is said to anybody.
 * On failure: the engine answers with the safe default of the stage, which then differs from what was stored.
 */
import type { Decision } from '@hyponema/contract'
import {
  type CompiledPolicy,
  createOutputGate,
  type DecideFacts,
  decide,
  isTopicResting,
  type PolicyEvent,
} from '@hyponema/policy'

/** What the engine was asked. */
export type Asked = { readonly event: PolicyEvent; readonly facts: DecideFacts }

/** The decisions about one event: of a text that is said one for each block, of anything else one. */
export function replayDecision(policy: CompiledPolicy, { event, facts }: Asked): readonly Decision[] {
  if (event.stage !== 'output') return [decide(policy, event, facts)]
  // As in the session: a topic that did not rest was talked about like anything else.
  const isResting = (ruleId: string): boolean => isTopicResting(policy, facts.topics, ruleId)
  const gate = createOutputGate(policy, undefined, { isResting })
  for (const [ruleId, hits] of Object.entries(facts.earlierHits ?? {}))
    for (let hit = 0; hit < hits; hit += 1) gate.countHits([ruleId])
  const steps = [...gate.push(event.text), ...gate.endUtterance()]
  return steps.flatMap((step) => (step.kind === 'block' ? [{ ...step.decision, mode: facts.mode ?? 'enforce' }] : []))
}
