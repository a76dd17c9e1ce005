/** What a case of a policy document says under `given` as the facts that the engine decides on. Names are listed in docs/policy-life-cycle.md. */
import type { PolicyTest, Stage } from '@hyponema/contract'
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import type { ContactFacts } from '../contact/contact-facts.ts'
import type { DecideFacts } from '../decide/decide-facts.ts'
import type { EscalationFacts } from '../escalation/escalation-facts.ts'
import type { TickFacts } from '../fatigue/tick-facts.ts'
import type { ZoneTransitions } from '../time/zone-transitions.ts'
import type { OriginSegment, ToolFacts } from '../tools/tool-facts.ts'

/** Time zones by name, as the caller knows them; null where there is none. */
export type ZoneOf = (name: string, atMs: number) => ZoneTransitions | null

/** The names under `given.facts` by stage. */
export const testFactNames = {
  input: ['earlier_hits', 'raised_turns_ago'],
  output: [],
  retrieval: [],
  tool_result: [],
  tool_call: ['has_effects', 'worked', 'calls_in_turn', 'calls_in_session', 'calls_in_day', 'confirmed'],
  escalation: [
    'guard_hits',
    'negative_turns',
    'failed_confirmations',
    'failed_tools',
    'misunderstandings',
    'silence_seconds',
    'duration_seconds',
    'tokens',
  ],
  contact: [
    'direction',
    'urgent',
    'do_not_contact',
    'consent',
    'attempts',
    'hours_between_attempts',
    'hours_since_talk',
    'hours_since_refusal',
  ],
  tick: [
    'session_minutes',
    'minutes_today',
    'sessions_today',
    'tired_turns',
    'repeated_turns',
    'silence_seconds',
    'language',
  ],
} as const satisfies Record<Stage, readonly string[]>

type Given = PolicyTest['given']

const minuteMs = 60_000
const hourMs = 60 * minuteMs
/** Without an instant a case is about no hour; noon of a Wednesday in UTC is as ordinary as any. */
const ordinaryMs = Date.UTC(2026, 0, 14, 12)

/** Throws a RangeError where a fact has a value that it cannot have. */
export function factsOfCase(policy: CompiledPolicy, given: Given, zoneOf: ZoneOf): DecideFacts {
  const facts = new GivenFacts(given)
  switch (given.stage) {
    case 'input':
      return inputFacts(policy, facts)
    case 'tool_call':
      return { tool: toolFacts(given, facts) }
    case 'escalation':
      return { escalation: escalationFacts(policy, facts, zoneOf) }
    case 'contact':
      return { contact: contactFacts(policy, given, facts, zoneOf) }
    case 'tick':
      return { tick: tickFacts(policy, given, facts, zoneOf) }
    case 'output':
    case 'retrieval':
    case 'tool_result':
      return {}
    default:
      throw new TypeError(`expected one of the stages, found ${JSON.stringify(given.stage satisfies never)}`)
  }
}

class GivenFacts {
  readonly atMs: number
  readonly #values: Given['facts']

  constructor({ at, facts }: Given) {
    this.atMs = at === undefined ? ordinaryMs : Date.parse(at)
    this.#values = facts
  }

  number(name: string, usual = 0): number {
    const value = this.#values[name] ?? usual
    if (typeof value === 'number' && value >= 0) return value
    throw new RangeError(`${name}: expected a number from 0, found ${JSON.stringify(value)}`)
  }

  flag(name: string): boolean {
    const value = this.#values[name] ?? false
    if (typeof value === 'boolean') return value
    throw new RangeError(`${name}: expected true or false, found ${JSON.stringify(value)}`)
  }

  text(name: string): string | undefined {
    const value = this.#values[name]
    if (value === undefined || typeof value === 'string') return value
    throw new RangeError(`${name}: expected a text, found ${JSON.stringify(value)}`)
  }

  oneOf<const Word extends string>(name: string, words: readonly Word[]): Word | undefined {
    const value = this.text(name)
    const word = words.find((one) => one === value)
    if (value === undefined || word !== undefined) return word
    throw new RangeError(`${name}: expected ${words.join(' or ')}, found ${value}`)
  }

  isGiven(name: string): boolean {
    return this.#values[name] !== undefined
  }
}

function inputFacts(policy: CompiledPolicy, facts: GivenFacts): DecideFacts {
  const earlier = facts.number('earlier_hits')
  const ago = facts.number('raised_turns_ago')
  const topics = policy.sections.topics.map(({ ruleId }) => ruleId)
  return {
    earlierHits: Object.fromEntries(policy.zones.map(({ ruleId }) => [ruleId, earlier])),
    ...(facts.isGiven('raised_turns_ago')
      ? { topics: { cooling: topics, raisedTurnsAgo: Object.fromEntries(topics.map((topic) => [topic, ago])) } }
      : {}),
  }
}

function toolFacts(given: Given, facts: GivenFacts): ToolFacts {
  const confirmedBy = facts.oneOf('confirmed', ['spoken', 'irreversible'])
  const segments = [
    ...given.user_said.map((text): OriginSegment => ({ text, trust: 'user' })),
    ...given.read.map((text): OriginSegment => ({ text, trust: 'document' })),
  ]
  return {
    segments,
    hasEffects: facts.flag('has_effects'),
    enumFields: [],
    worked: (facts.text('worked') ?? '').split(/[\s,]+/).filter((name) => name !== ''),
    calls: {
      turn: facts.number('calls_in_turn'),
      session: facts.number('calls_in_session'),
      day: facts.number('calls_in_day'),
    },
    nowMs: facts.atMs,
    ...(confirmedBy === undefined ? {} : { confirmedBy }),
  }
}

function escalationFacts(policy: CompiledPolicy, facts: GivenFacts, zoneOf: ZoneOf): EscalationFacts {
  const hours = policy.sections.escalation.flatMap(({ rule }) => rule.hours?.time_zone ?? [])
  const inThisTurn = (name: string): readonly number[] =>
    Array.from({ length: Math.min(facts.number(name), 100) }, () => 0)
  return {
    nowMs: facts.atMs,
    zones: zonesOf(hours, facts.atMs, zoneOf),
    guardHitsTurnsAgo: inThisTurn('guard_hits'),
    negativeTurnsAgo: inThisTurn('negative_turns'),
    failedConfirmations: facts.number('failed_confirmations'),
    failedTools: facts.number('failed_tools'),
    misunderstandings: facts.number('misunderstandings'),
    silenceMs: facts.number('silence_seconds') * 1000,
    durationMs: facts.number('duration_seconds') * 1000,
    tokens: facts.number('tokens'),
    open: [],
    fired: {},
    closedAgoMs: {},
  }
}

function contactFacts(policy: CompiledPolicy, given: Given, facts: GivenFacts, zoneOf: ZoneOf): ContactFacts {
  const between = facts.number('hours_between_attempts', 1) * hourMs
  const attempts = Array.from({ length: Math.min(facts.number('attempts'), 1000) }, (_, index) => ({
    atMs: facts.atMs - (index + 1) * between,
    channel: given.channel,
    class: given.class,
  })).toReversed()
  const since = (name: string): number | undefined =>
    facts.isGiven(name) ? facts.atMs - facts.number(name) * hourMs : undefined
  const [lastTalkMs, lastRefusalMs] = [since('hours_since_talk'), since('hours_since_refusal')]
  const past = {
    attempts,
    ...(lastTalkMs === undefined ? {} : { lastTalkMs }),
    ...(lastRefusalMs === undefined ? {} : { lastRefusalMs }),
  }
  const own = given.time_zone === undefined ? [] : [given.time_zone]
  return {
    direction: facts.oneOf('direction', ['outbound', 'inbound']) ?? 'outbound',
    channel: given.channel,
    class: given.class,
    atMs: facts.atMs,
    zones: zonesOf([...own, ...fixedZones(policy)], facts.atMs, zoneOf),
    personZones: own,
    doNotContact: facts.flag('do_not_contact'),
    consent: facts.oneOf('consent', ['none', 'given', 'withdrawn']) ?? 'none',
    past: { user: past, number: past, subject: past },
    isUrgent: facts.flag('urgent'),
  }
}

function tickFacts(policy: CompiledPolicy, given: Given, facts: GivenFacts, zoneOf: ZoneOf): TickFacts {
  const own = given.time_zone === undefined ? [] : [given.time_zone]
  const language = facts.text('language')
  return {
    nowMs: facts.atMs,
    sessionMs: facts.number('session_minutes') * minuteMs,
    channel: given.channel,
    minutesToday: facts.number('minutes_today'),
    sessionsToday: facts.number('sessions_today'),
    zones: zonesOf([...own, ...fixedZones(policy)], facts.atMs, zoneOf),
    tiredTurns: facts.number('tired_turns'),
    repeatedTurns: facts.number('repeated_turns'),
    replyCharacters: [],
    replyDelaysMs: [],
    silenceMs: facts.number('silence_seconds') * 1000,
    doneResponses: {},
    remindedAtMs: {},
    windingDownSinceMs: {},
    ...(given.time_zone === undefined ? {} : { userZone: given.time_zone }),
    ...(language === undefined ? {} : { language }),
  }
}

function fixedZones(policy: CompiledPolicy): readonly string[] {
  return policy.sections.windows.flatMap(({ rule }) => (rule.time_zone === 'user' ? [] : [rule.time_zone]))
}

function zonesOf(names: readonly string[], atMs: number, zoneOf: ZoneOf): readonly ZoneTransitions[] {
  return [...new Set(names)].flatMap((name) => zoneOf(name, atMs) ?? [])
}
