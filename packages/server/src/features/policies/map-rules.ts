import type { PolicyDocument, RuleSection } from '@hyponema/contract'

type Rule = PolicyDocument[RuleSection][number]

/**
 * Every list of rules of a document as `change` makes it. `beside` is the same list of another document, empty where there is none.
 * A section that is new does not compile here before it is among them.
 */
export function mapRules(
  document: Pick<PolicyDocument, RuleSection>,
  change: <Own extends Rule>(rules: readonly Own[], beside: readonly Own[]) => Own[],
  other?: Pick<PolicyDocument, RuleSection>,
): Pick<PolicyDocument, RuleSection> {
  return {
    no_go_zones: change(document.no_go_zones, other?.no_go_zones ?? []),
    escalation_rules: change(document.escalation_rules, other?.escalation_rules ?? []),
    sleep_windows: change(document.sleep_windows, other?.sleep_windows ?? []),
    contact_caps: change(document.contact_caps, other?.contact_caps ?? []),
    topic_cooldowns: change(document.topic_cooldowns, other?.topic_cooldowns ?? []),
    tool_rules: change(document.tool_rules, other?.tool_rules ?? []),
  }
}
