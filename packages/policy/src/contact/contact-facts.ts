import type { ContactChannel, ContactClass } from '@hyponema/contract'
import type { ZoneTransitions } from '../time/zone-transitions.ts'

/** An attempt that counts: it was made, or it is reserved and nobody has said yet what became of it. */
export interface ContactAttempt {
  readonly atMs: number
  readonly channel: ContactChannel
  readonly class: ContactClass
}

/** What was done before under one key. */
export interface ContactPast {
  /** Oldest first. */
  readonly attempts: readonly ContactAttempt[]
  readonly lastTalkMs?: number
  readonly lastRefusalMs?: number
}

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
  /** Absent: there is no such key (a contact without a number), so caps of that kind count nothing. */
  readonly past: { readonly [Per in 'user' | 'number' | 'subject']?: ContactPast }
  /** An inbound person says that it is urgent, or the backend does. */
  readonly isUrgent: boolean
}
