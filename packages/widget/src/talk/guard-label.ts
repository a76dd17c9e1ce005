import type { GuardAction } from '@hyponema/contract'
import type { GuardMark } from './talk-state.ts'

const words = {
  replace: 'Reply redirected',
  redact: 'Part of the reply removed',
  escalate: 'Passed to a person',
  end: 'Conversation ended by the guard',
} as const satisfies Record<GuardAction, string>

/** What the person reads where the guard stepped in, as in "Reply redirected: medical dosage". */
export function guardLabel(mark: GuardMark): string {
  // An action that a newer server added is still said, in the most general words.
  const what = Object.hasOwn(words, mark.action) ? words[mark.action] : 'The guard stepped in'
  return `${what}: ${mark.zone}`
}
