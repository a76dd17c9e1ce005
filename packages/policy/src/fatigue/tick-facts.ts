import type { FatigueResponse } from '@hyponema/contract'
import type { ZoneTransitions } from '../time/zone-transitions.ts'

/** What is known of a session as time passes. Counts and times, never words. */
export interface TickFacts {
  readonly nowMs: number
  readonly sessionMs: number
  /** Of the user in its own day, this session included. */
  readonly minutesToday: number
  readonly sessionsToday: number
  readonly zones: readonly ZoneTransitions[]
  /** The zone of the user; undefined: unknown, and then no hour of the night counts. */
  readonly userZone?: string
  /** In the last ten turns of the user. */
  readonly tiredTurns: number
  readonly repeatedTurns: number
  /** Of the user's turns, oldest first, at most 20. */
  readonly replyCharacters: readonly number[]
  readonly replyDelaysMs: readonly number[]
  readonly silenceMs: number
  readonly tokens: number
  readonly isMinor: boolean
  /** By rule id, what was done in this session. */
  readonly doneResponses: Readonly<Record<string, readonly FatigueResponse[]>>
  /** By rule id and name (`agent/fatigue:ai`), when it was last said, in session time. */
  readonly remindedAtMs: Readonly<Record<string, number>>
  /** By rule id of the window that the session has run out of: since when. */
  readonly windingDownSinceMs: Readonly<Record<string, number>>
}
