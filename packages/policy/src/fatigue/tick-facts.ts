import type { ContactChannel, FatigueResponse } from '@hyponema/contract'
import type { ZoneTransitions } from '../time/zone-transitions.ts'

/** What is known of a session as time passes. Counts and times, never words. */
export interface TickFacts {
  readonly nowMs: number
  readonly sessionMs: number
  readonly channel: ContactChannel
  /** Of the user in its own day, this session included. */
  readonly minutesToday: number
  readonly sessionsToday: number
  /** Found by name: the user's and those that windows name. */
  readonly zones: readonly ZoneTransitions[]
  /** The zone of the user; undefined: unknown, and then no hour of the night counts. */
  readonly userZone?: string
  /** The language of the session, for lines of ours. */
  readonly language?: string
  /** In the last ten turns of the user. */
  readonly tiredTurns: number
  readonly repeatedTurns: number
  /** Of the user's turns, oldest first, at most 20. */
  readonly replyCharacters: readonly number[]
  readonly replyDelaysMs: readonly number[]
  readonly silenceMs: number
  /** By rule id, what was done in this session. */
  readonly doneResponses: Readonly<Record<string, readonly FatigueResponse[]>>
  /** By rule id and name (`agent/fatigue:break`; a built-in by its rule id), at how many milliseconds of this session it was last said. */
  readonly remindedAtMs: Readonly<Record<string, number>>
  /** By rule id of a window that the session has run out of, or of fatigue that winds down: since when. */
  readonly windingDownSinceMs: Readonly<Record<string, number>>
}
