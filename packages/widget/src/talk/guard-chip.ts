import { element } from './element.ts'
import { guardLabel } from './guard-label.ts'
import { icon } from './icon.ts'
import type { GuardMark } from './talk-state.ts'

/** The sign under a reply where the guard stepped in: a shield, amber, and the words. */
export function guardChip(guard: GuardMark): HTMLElement {
  return element('span', { class: 'chip', 'data-action': guard.action }, icon('shield'), guardLabel(guard))
}
