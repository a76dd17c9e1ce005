import type { PolicyDocument } from '@hyponema/contract'

/** The same document with every rule a floor: what the installation says, no session can be too old for. */
export function raiseFloors(document: PolicyDocument): PolicyDocument {
  const raised = <Rule extends { floor: boolean }>(rules: readonly Rule[]): Rule[] =>
    rules.map((rule) => ({ ...rule, floor: true }))
  const { fatigue, pii } = document
  return {
    ...document,
    no_go_zones: raised(document.no_go_zones),
    escalation_rules: raised(document.escalation_rules),
    sleep_windows: raised(document.sleep_windows),
    contact_caps: raised(document.contact_caps),
    topic_cooldowns: raised(document.topic_cooldowns),
    tool_rules: raised(document.tool_rules),
    ...(fatigue === undefined ? {} : { fatigue: { ...fatigue, floor: true } }),
    ...(pii === undefined ? {} : { pii: { ...pii, floor: true } }),
  }
}
