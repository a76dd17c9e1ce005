import type { SessionContext } from './session-context.ts'

/** Whether time alone wants something said, or the session over. What says nothing waits for the next turn. */
export function isTickDue({ gate }: Pick<SessionContext, 'gate'>): boolean {
  const { action, mode, obligations } = gate.peekTick()
  if (mode === 'shadow') return false
  return action === 'end' || action === 'escalate' || obligations.some(({ kind }) => kind === 'line')
}
