import type { Decision, GuardAction, GuardStage } from '@hyponema/contract'

/**
 * Whatever else was decided is told as what became of it: words are replaced, a call, an answer or a piece of a document is
 * denied. What is redacted and names no place is left out whole.
 */
export function shownAction(stage: GuardStage, { action, matches }: Pick<Decision, 'action' | 'matches'>): GuardAction {
  if (action === 'escalate' || action === 'end') return action
  if (action === 'redact' && (stage === 'output' || matches.length > 0)) return action
  return stage === 'output' || stage === 'input' ? 'replace' : 'deny'
}
