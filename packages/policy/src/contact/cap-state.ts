import type { ContactCap } from '@hyponema/contract'
import type { ContactFacts, ContactPast } from './contact-facts.ts'
import { type PresetCap, presetOf } from './presets.ts'

const hourMs = 3_600_000
const nothing: ContactPast = { attempts: [] }

export interface CapState {
  /** Attempts that count within the window of this cap, the one that is asked about not among them. */
  readonly attempts: number
  /** The first instant at which this cap allows one more; infinite when it never does. */
  readonly allowedMs: number
}

/** What a cap says, its own numbers and those of its preset. */
export function capState(cap: ContactCap, facts: ContactFacts): CapState {
  const rows = [cap, ...(cap.preset === undefined ? [] : presetOf(cap.preset).caps)].map((row) =>
    rowState(row, cap, facts),
  )
  return {
    attempts: Math.max(...rows.map(({ attempts }) => attempts)),
    allowedMs: Math.max(...rows.map(({ allowedMs }) => allowedMs)),
  }
}

function rowState(row: PresetCap, { channels, classes }: ContactCap, facts: ContactFacts): CapState {
  const past = facts.past[row.per] ?? nothing
  const made = past.attempts
    .filter((attempt) => channels.includes(attempt.channel) && classes.includes(attempt.class))
    .map(({ atMs }) => atMs)
    .sort((left, right) => left - right)
  const windowMs = (row.window_hours ?? 0) * hourMs
  return {
    attempts: made.filter((madeMs) => madeMs + windowMs > facts.atMs).length,
    allowedMs: Math.max(
      facts.atMs,
      row.attempts === undefined ? facts.atMs : afterAttempts(made, row.attempts, windowMs),
      after(past.lastTalkMs, row.after_talk_hours),
      after(past.lastRefusalMs, row.after_refusal_hours),
    ),
  }
}

/** An attempt leaves a rolling window of w exactly w after it was made: then the n-th latest has to have left. */
function afterAttempts(made: readonly number[], most: number, windowMs: number): number {
  if (most === 0) return Number.POSITIVE_INFINITY
  const nthLatest = made.at(-most)
  return nthLatest === undefined ? Number.NEGATIVE_INFINITY : nthLatest + windowMs
}

function after(sinceMs: number | undefined, hours: number | undefined): number {
  return sinceMs === undefined || hours === undefined ? Number.NEGATIVE_INFINITY : sinceMs + hours * hourMs
}
