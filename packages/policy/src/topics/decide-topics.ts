import type { Decision } from '@hyponema/contract'
import type { CompiledPolicy } from '../compiled-policy.ts'
import { allowDecision } from '../rule-decision.ts'
import type { TopicFacts } from './topic-facts.ts'

/** Topics in what the user says, and in a piece of a document while the topic rests. */
export function decideTopics(
  policy: CompiledPolicy,
  event: { readonly stage: 'input' | 'retrieval'; readonly text: string },
  _facts: TopicFacts | undefined,
  mode: Decision['mode'],
): Decision {
  return allowDecision(policy, event.stage, mode)
}
