import { type FatiguePolicy, type FatigueSignal, fatigueSignals } from '@hyponema/contract'
import { localMinuteOfDay } from './local-minute-of-day.ts'
import type { TickFacts } from './tick-facts.ts'

/**
 * How much a full signal adds where a policy does not say. No sign alone reaches a half but the person's own words with the
 * night or the time around them: one short answer is no tiredness.
 */
export const defaultFatigueWeights = {
  time_today: 0.3,
  sessions_today: 0.1,
  night_hour: 0.25,
  words_of_tiredness: 0.4,
  shorter_replies: 0.15,
  slower_replies: 0.15,
  repeats: 0.15,
} as const satisfies Record<FatigueSignal, number>

/** Fewer turns say nothing about a change. */
const minReplies = 6
/** Below this an answer is not slow, however much slower it is than the one before. */
const slowMs = 3000

export interface FatigueScore {
  /** 0 to 1, in thousandths. */
  readonly score: number
  /** Those that added to it, in the order of the contract. */
  readonly signals: readonly FatigueSignal[]
}

/** The sum of the signals, each from 0 to 1 times its weight, and at most 1. Every signal comes from text or timing. */
export function fatigueScore(rule: FatiguePolicy, facts: TickFacts): FatigueScore {
  const values = signalValues(rule, facts)
  const weigh = (signal: FatigueSignal): number =>
    values[signal] * (rule.weights?.[signal] ?? defaultFatigueWeights[signal])
  const sum = fatigueSignals.reduce((total, signal) => total + weigh(signal), 0)
  return {
    score: Math.min(1, Math.round(sum * 1000) / 1000),
    signals: fatigueSignals.filter((signal) => weigh(signal) > 0),
  }
}

function signalValues(rule: FatiguePolicy, facts: TickFacts): Record<FatigueSignal, number> {
  const { full_minutes_today: fullMinutes, full_sessions_today: fullSessions } = rule
  return {
    // A session that began yesterday has tired the person, too.
    time_today: upTo1(Math.max(facts.minutesToday, facts.sessionMs / 60_000) / fullMinutes),
    sessions_today: fullSessions === 1 ? 1 : upTo1((facts.sessionsToday - 1) / (fullSessions - 1)),
    night_hour: nightHour(facts),
    words_of_tiredness: stepOf(facts.tiredTurns, [0, 0.6, 0.85, 1]),
    shorter_replies: shorterReplies(facts.replyCharacters),
    slower_replies: slowerReplies(facts.replyDelaysMs),
    repeats: stepOf(facts.repeatedTurns, [0, 0.3, 0.6, 1]),
  }
}

/** Nothing by day; from 22 on a quarter, from 23 on a half, from midnight to 5 whole, until 6 a half again. */
function nightHour({ nowMs, zones, userZone }: TickFacts): number {
  const zone = zones.find(({ name }) => name === userZone)
  if (zone === undefined) return 0
  const hour = Math.floor(localMinuteOfDay(zone, nowMs) / 60)
  if (hour < 5) return 1
  if (hour === 5 || hour === 23) return 0.5
  return hour === 22 ? 0.25 : 0
}

/** The median of the newer half against that of the older half: one long answer among many changes nothing. */
function shorterReplies(characters: readonly number[]): number {
  const halves = mediansOf(characters)
  if (halves === undefined || halves.older === 0) return 0
  return upTo1((0.7 - halves.newer / halves.older) / 0.4)
}

function slowerReplies(delaysMs: readonly number[]): number {
  const halves = mediansOf(delaysMs)
  if (halves === undefined || halves.newer < slowMs) return 0
  return upTo1((halves.newer / Math.max(1, halves.older) - 1.3) / 1.2)
}

function mediansOf(values: readonly number[]): { readonly older: number; readonly newer: number } | undefined {
  if (values.length < minReplies) return undefined
  const middle = Math.floor(values.length / 2)
  return { older: medianOf(values.slice(0, middle)), newer: medianOf(values.slice(-middle)) }
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right)
  const half = Math.floor(sorted.length / 2)
  const upper = sorted[half] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? upper) + upper) / 2
}

function stepOf(count: number, steps: readonly number[]): number {
  return steps[Math.min(count, steps.length - 1)] ?? 0
}

function upTo1(value: number): number {
  return Math.min(1, Math.max(0, value))
}
