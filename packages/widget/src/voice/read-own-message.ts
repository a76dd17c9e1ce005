import { readSessionEvent } from '../parse-session-event.ts'
import { fieldOf } from './field-of.ts'
import type { VoiceFact } from './voice-fact.ts'

const limits = ['duration', 'silence', 'turns', 'tokens'] as const

/**
 * Reads the data of a `server-message` of ours. Undefined for a type that this client does not know, and for one whose data is
 * not as promised.
 */
export function readOwnMessage(untrusted: unknown): VoiceFact | undefined {
  const type = fieldOf(untrusted, 'type')
  switch (type) {
    case 'turn_start':
    case 'guard':
    case 'turn_end':
    case 'error':
    case 'escalation':
      return readFact(type, untrusted)
    case 'limit':
      return readLimit(untrusted)
    case 'resume': {
      const listens = fieldOf(untrusted, 'listens')
      return typeof listens === 'boolean' ? { kind: 'listens', listens } : undefined
    }
    default:
      return undefined
  }
}

function readFact(name: string, untrusted: unknown): VoiceFact | undefined {
  const event = readSessionEvent(name, untrusted)
  switch (event?.event) {
    case 'turn_start':
    case 'guard':
    case 'error':
    case 'escalation':
      return { kind: 'event', event }
    case 'turn_end': {
      const heard = fieldOf(untrusted, 'heard_characters')
      return typeof heard === 'number' ? { kind: 'turn_end', event, heardCharacters: heard } : undefined
    }
    case 'token':
    case 'tool_call':
    case 'tool_result':
    case undefined:
      return undefined
  }
}

function readLimit(untrusted: unknown): VoiceFact | undefined {
  const limit = limits.find((known) => known === fieldOf(untrusted, 'limit'))
  const seconds = fieldOf(untrusted, 'seconds_left')
  if (limit === undefined || (seconds !== null && typeof seconds !== 'number')) return undefined
  return { kind: 'limit', limit, secondsLeft: seconds }
}
