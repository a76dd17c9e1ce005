import type { Decision } from '@hyponema/contract'
import type { ContactFacts } from '../contact/contact-facts.ts'
import type { EscalationFacts } from '../escalation/escalation-facts.ts'
import type { TickFacts } from '../fatigue/tick-facts.ts'
import type { ToolFacts } from '../tools/tool-facts.ts'
import type { TopicFacts } from '../topics/topic-facts.ts'

/**
 * Everything that a decision rests on besides the policy and the event: the engine has no clock, no counters and no zones of its
 * own. Plain data, so that it can be stored and the decision taken again.
 */
export interface DecideFacts {
  /** `shadow` decides and records, and the caller does nothing of it. Default `enforce`. */
  readonly mode?: Decision['mode']
  /** Per rule id: hits within the rule's window of turns, before this event. */
  readonly earlierHits?: Readonly<Record<string, number>>
  /** The text holds a part of the prompt that stands nowhere else; the caller has the word, the engine has no secrets. */
  readonly leaksPrompt?: boolean
  readonly topics?: TopicFacts
  readonly tool?: ToolFacts
  readonly escalation?: EscalationFacts
  readonly contact?: ContactFacts
  readonly tick?: TickFacts
}
