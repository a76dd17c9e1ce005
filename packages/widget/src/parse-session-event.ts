import type { SessionEvent, SessionEventName } from '@hyponema/contract'

type FieldKind = 'string' | 'number' | 'boolean'

/** The fields this client reads, by event. The contract's schemas are the whole truth; a test holds the two together. */
const requiredFields = {
  turn_start: { turn_id: 'string', role: 'string' },
  token: { turn_id: 'string', text: 'string' },
  tool_call: { turn_id: 'string', call_id: 'string', name: 'string' },
  tool_result: { turn_id: 'string', call_id: 'string', name: 'string', status: 'string' },
  guard: {
    turn_id: 'string',
    decision_id: 'string',
    stage: 'string',
    action: 'string',
    zone: 'string',
    rule_id: 'string',
    engine_ms: 'number',
    characters_heard: 'number',
  },
  escalation: { state: 'string' },
  turn_end: { turn_id: 'string', status: 'string', session_status: 'string' },
  error: { code: 'string', title: 'string', retryable: 'boolean', request_id: 'string' },
} as const satisfies Record<SessionEventName, Record<string, FieldKind>>

/** Fields that need not be there; what stands in their place and is no text is nothing that this client could show. */
const optionalTexts: Partial<Record<SessionEventName, readonly string[]>> = {
  tool_call: ['arguments'],
  tool_result: ['result'],
}

/**
 * Reads one event of a session's stream. Undefined for an event that this client does not know, so that the server may add
 * some, and for one it knows whose data is not as promised: what cannot be read is not shown. Extra fields are ignored.
 */
export function parseSessionEvent(name: string, untrustedData: string): SessionEvent | undefined {
  return isKnown(name) ? readSessionEvent(name, parseJson(untrustedData)) : undefined
}

/** The same for data that is parsed already, as the voice socket brings it. */
export function readSessionEvent(name: string, untrusted: unknown): SessionEvent | undefined {
  if (!isKnown(name) || typeof untrusted !== 'object' || untrusted === null) return undefined
  const event = { event: name, data: untrusted }
  return isComplete(event) ? event : undefined
}

/** The table above is held to the contract's schemas by a test; TypeScript cannot follow it that far. */
function isComplete(untrusted: { readonly event: SessionEventName; readonly data: object }): untrusted is SessionEvent {
  const values = new Map<string, unknown>(Object.entries(untrusted.data))
  const texts = optionalTexts[untrusted.event] ?? []
  if (texts.some((field) => values.has(field) && typeof values.get(field) !== 'string')) return false
  return Object.entries(requiredFields[untrusted.event]).every(([field, kind]) => typeof values.get(field) === kind)
}

function isKnown(name: string): name is SessionEventName {
  return Object.hasOwn(requiredFields, name)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
