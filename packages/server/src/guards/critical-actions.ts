/**
 * Threat: who was told that a key is rotated, a role changed or the log exported finds no evidence of it, because its event was
 * taken out before it had a number.
 * Rule: these acts are answered only when their event has its number in the tree of the audit log (evidence-and-privacy 1).
 * On failure: the act is done, so after a deadline it is answered all the same; the log says so, and posture how long it waits.
 */
const criticalActions: ReadonlySet<string> = new Set([
  'api_key.rotated',
  'credential.rotated',
  'webhook.secret_rotated',
  'member.added',
  'member.role_changed',
  'audit.exported',
])

export const isCriticalAction = (action: string): boolean => criticalActions.has(action)
