import type { PolicyDocument } from '@hyponema/contract'

/** Whether the line at this place belongs to a rule that no layer below may weaken. Disclosure is a floor by itself. */
export function isFloorLine(document: PolicyDocument, pointer: string): boolean {
  const [, section, index] = pointer.split('/')
  const at = (rules: readonly { readonly floor: boolean }[]): boolean => rules[Number(index)]?.floor === true
  switch (section) {
    case 'no_go_zones':
      return at(document.no_go_zones)
    case 'escalation_rules':
      return at(document.escalation_rules)
    case 'sleep_windows':
      return at(document.sleep_windows)
    case 'topic_cooldowns':
      return at(document.topic_cooldowns)
    case 'fatigue':
      return document.fatigue?.floor === true
    case 'disclosure':
      return true
    default:
      return false
  }
}
