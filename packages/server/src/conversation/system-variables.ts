import { encodeId, type SystemVariableName, type Uuid } from '@hyponema/contract'
import { timeFormats } from './time-formats.ts'

/** What a session knows of itself. */
export type SystemFacts = {
  readonly sessionId: Uuid
  readonly agentId: Uuid
  readonly agentVersion: number
  readonly userId: Uuid
  readonly modality: string
  /** The person's, an IANA name; UTC where nobody said it. */
  readonly timeZone: string | null
  /** Of the conversation as it begins; undefined where nobody said it. */
  readonly language: string | undefined
}

/** The values of the catalogue at one moment: constant over a session, but for the time. */
export function systemVariables(facts: SystemFacts, nowMs: number): ReadonlyMap<string, string> {
  const now = new Date(nowMs)
  const timeZone = facts.timeZone ?? 'UTC'
  const { time, date, weekday } = timeFormats(facts.language ?? 'en', timeZone)
  const values: Record<SystemVariableName, string | undefined> = {
    system__time_utc: `${now.toISOString().slice(0, 19)}Z`,
    system__time: time.format(now),
    system__date: date.format(now),
    system__weekday: weekday.format(now),
    system__time_zone: timeZone,
    system__language: facts.language,
    system__session_id: encodeId('session', facts.sessionId),
    system__agent_id: encodeId('agent', facts.agentId),
    system__agent_version: String(facts.agentVersion),
    system__user_id: encodeId('user', facts.userId),
    system__modality: facts.modality,
  }
  return new Map(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  )
}
