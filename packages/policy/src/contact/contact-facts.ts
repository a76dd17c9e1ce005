import type { ContactChannel, ContactClass } from '@hyponema/contract'
import type { ZoneTransitions } from '../time/zone-transitions.ts'

/** What is known when somebody is to be contacted, or comes by itself (runtime-safety 5). */
export interface ContactFacts {
  readonly direction: 'outbound' | 'inbound'
  readonly channel: ContactChannel
  readonly class: ContactClass
  readonly atMs: number
  /** All zones that are possible for the person, and all fixed zones that rules name; found by name. */
  readonly zones: readonly ZoneTransitions[]
  /** Names of the zones in which the person may be: one where it is known. All of them have to allow. */
  readonly personZones: readonly string[]
  readonly doNotContact: boolean
  readonly consent: 'none' | 'given' | 'withdrawn'
  /** Earlier attempts, oldest first, by what they count for. */
  readonly attemptsMs: { readonly [Per in 'user' | 'number' | 'subject']?: readonly number[] }
  readonly lastTalkMs?: number
  readonly lastRefusalMs?: number
  /** An inbound person says that it is urgent, or the backend does. */
  readonly isUrgent: boolean
}
