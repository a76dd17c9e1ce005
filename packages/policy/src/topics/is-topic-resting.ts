import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import type { TopicFacts } from './topic-facts.ts'

/**
 * Whether the agent has to leave this topic alone now: it cools down, by rule or for this user, and the user has not raised it
 * itself within so many turns as the rule lets the agent follow. Where nothing is known of the user, it rests.
 */
export function isTopicResting(policy: CompiledPolicy, facts: TopicFacts | undefined, ruleId: string): boolean {
  const topic = policy.sections.topics.find((compiled) => compiled.ruleId === ruleId)
  if (topic === undefined || facts === undefined) return true
  const raised = facts.raisedTurnsAgo[ruleId]
  if (raised !== undefined && raised < topic.rule.follow_turns) return false
  return isCooling(topic, facts)
}

export function isCooling(
  { ruleId, rule }: CompiledPolicy['sections']['topics'][number],
  facts: TopicFacts | undefined,
): boolean {
  return rule.starts.always || facts?.cooling.includes(ruleId) === true
}
