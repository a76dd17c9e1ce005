/** Events that leave through webhooks (secrets-and-outbound 3). Recorded in the outbox from the first version on. */
export const eventTypes = [
  'session.started',
  'session.completed',
  'session.failed',
  'transcript.ready',
  'guard.triggered',
  'escalation.triggered',
] as const

export type EventType = (typeof eventTypes)[number]
