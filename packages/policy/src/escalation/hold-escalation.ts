import type { EscalationRule } from '@hyponema/contract'
import type { EscalationFacts } from './escalation-facts.ts'

/** Why a rule that would call a person does not: one has been called, was just here, or has been called too often. */
export type HeldBack = 'open' | 'cool_off' | 'max_per_session'

/** What keeps a rule from calling a person again, so that a session cannot go round between the agent and a queue. */
export function heldBack(
  ruleId: string,
  rule: Pick<EscalationRule, 'cool_off_seconds' | 'max_per_session'>,
  facts: Pick<EscalationFacts, 'open' | 'fired' | 'closedAgoMs'> | undefined,
): HeldBack | undefined {
  if (facts === undefined) return undefined
  if (facts.open.length > 0) return 'open'
  if ((facts.fired[ruleId] ?? 0) >= rule.max_per_session) return 'max_per_session'
  const closedAgoMs = facts.closedAgoMs[ruleId]
  return closedAgoMs !== undefined && closedAgoMs < rule.cool_off_seconds * 1000 ? 'cool_off' : undefined
}
