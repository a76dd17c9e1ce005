/**
 * Threat: somebody is called at night, too often, or after having said that it wants no calls.
 * Rule: what the person said comes first; then all windows, in all zones in which the person may be, and all caps have to allow.
 * On failure: not now. Facts that are missing never become an `allow`; a window that cannot be judged for them leaves the others theirs.
 */
import type { Decision, Obligation, SleepWindow } from '@hyponema/contract'
import { builtInRules } from '../compile/built-in-rules.ts'
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import type { CompiledRule } from '../compile/compiled-sections.ts'
import { joinAllDecisions } from '../decide/join-decisions.ts'
import { allowDecision, failedDecision } from '../decide/rule-decision.ts'
import { type SectionFinding, sectionDecision } from '../decide/section-decision.ts'
import { areAllOpen, nextWithin, type ZonedHours } from '../time/next-within.ts'
import { capState } from './cap-state.ts'
import type { ContactFacts } from './contact-facts.ts'
import { windowHours } from './window-hours.ts'

/** What of a policy the stage asks for; nothing of it has to be compiled. */
export type ContactPolicy = Pick<CompiledPolicy, 'identity' | 'versions' | 'sections'>

type Rule = Pick<CompiledRule<unknown>, 'ruleId' | 'floor'>
interface Finding extends SectionFinding {
  readonly rule: Rule
  /** The rule could not be judged: the safe default of the stage, with this as the reason. */
  readonly error?: string
}

/** Whether somebody may be contacted at this instant, and if not, when (runtime-safety 5). */
export function decideContact(
  policy: ContactPolicy,
  facts: ContactFacts | undefined,
  mode: Decision['mode'],
): Decision {
  if (facts === undefined) throw new TypeError('expected the facts of a contact')
  const at = { stage: 'contact', mode } as const
  const findings = facts.direction === 'inbound' ? inbound(policy, facts) : outbound(policy, facts)
  const allowed = { ...allowDecision(policy, 'contact', mode), facts: factsUsed(facts) }
  return joinAllDecisions(
    allowed,
    findings.map(({ rule, error, ...finding }) =>
      error === undefined ? sectionDecision(policy, at, rule, finding) : failedDecision(policy, 'contact', mode, error),
    ),
  )
}

function factsUsed({ direction, channel, class: ofClass, atMs, consent, personZones }: ContactFacts) {
  return { direction, channel, class: ofClass, at_ms: atMs, consent, zones: personZones.length }
}

function outbound(policy: ContactPolicy, facts: ContactFacts): readonly Finding[] {
  const forbidden = forbiddenBy(policy, facts)
  if (forbidden.length > 0) return forbidden
  const windows = windowsFor(policy, facts)
  const caps = policy.sections.caps
    .filter(({ rule }) => appliesTo(rule, facts))
    .map((cap) => ({ cap, state: capState(cap.rule, facts) }))
  const unknown = windows.filter(({ isUnknown }) => isUnknown)
  const shut = windows.filter(({ isOpen }) => !isOpen)
  const full = caps.filter(({ state }) => state.allowedMs > facts.atMs)
  const failed = failedOf(windows)
  const known =
    unknown.length > 0 || failed.length > 0
      ? undefined
      : nextOf(windows, Math.max(facts.atMs, ...full.map(({ state }) => state.allowedMs)))
  // Nothing is said of an instant that nobody can name; what never comes is refused rather than put off.
  const later = (ruleId: string) => ({
    action: known === null ? ('deny' as const) : ('defer' as const),
    obligations: typeof known === 'number' ? [deferral(ruleId, known)] : [],
  })
  return [
    ...shut.map(({ window }) => {
      const put = later(window.ruleId)
      return { rule: window, ...put, ...(window.rule.outbound === 'deny' ? { action: 'deny' as const } : {}) }
    }),
    ...full.map(({ cap, state }) => ({
      rule: cap,
      ...later(cap.ruleId),
      facts: { [`attempts:${cap.ruleId}`]: state.attempts },
    })),
    ...(unknown.length > 0 ? [{ rule: floorRule(builtInRules.unknownTimeZone.ruleId), action: 'defer' as const }] : []),
    ...failed,
  ]
}

/** What the person said goes before any class and any hour; what a rule asks for stands beside it. */
function forbiddenBy(policy: ContactPolicy, facts: ContactFacts): readonly Finding[] {
  const deny = (rule: Rule) => ({ rule, action: 'deny' as const })
  return [
    ...(facts.doNotContact ? [deny(floorRule(builtInRules.doNotContact.ruleId))] : []),
    ...(facts.consent === 'withdrawn' ? [deny(floorRule(builtInRules.consentWithdrawn.ruleId))] : []),
    ...policy.sections.caps
      .filter(({ rule }) => rule.requires_consent && facts.consent !== 'given' && appliesTo(rule, facts))
      .map(deny),
  ]
}

/** A person who comes by itself is not contacted: caps and do-not-contact do not hold, and a window does what it says. */
function inbound(policy: ContactPolicy, facts: ContactFacts): readonly Finding[] {
  const windows = windowsFor(policy, facts)
  const stops = ({ rule }: CompiledRule<SleepWindow>) =>
    rule.inbound === 'refuse' || (rule.inbound === 'urgent_only' && !facts.isUrgent)
  const stopping = windows.filter(({ window }) => stops(window))
  const failed = failedOf(windows)
  const isUnknown = stopping.some((one) => one.isUnknown) || failed.length > 0
  const next = isUnknown ? null : nextOf(stopping, facts.atMs)
  const shut = windows
    .filter(({ isOpen }) => !isOpen)
    .flatMap(({ window, isUnknown: cannotTell }): readonly Finding[] => {
      const { inbound_line: line, inbound: answer } = window.rule
      const says: readonly Obligation[] =
        line === undefined ? [] : [{ kind: 'line', ruleId: window.ruleId, text: line }]
      if (stops(window)) {
        const until = next === null ? [] : [deferral(window.ruleId, next)]
        const unknown = floorRule(builtInRules.unknownTimeZone.ruleId)
        const denied = { rule: window, action: 'deny' as const, obligations: [...says, ...until] }
        return cannotTell ? [denied, { rule: unknown, action: 'deny' as const }] : [denied]
      }
      return answer === 'say' && !cannotTell ? [{ rule: window, action: 'allow', obligations: says }] : []
    })
  return [...shut, ...failed]
}

interface WindowNow {
  readonly window: CompiledRule<SleepWindow>
  readonly hours: readonly ZonedHours[]
  readonly isOpen: boolean
  /** It counts by the clock of a person of whom nobody knows where it is. */
  readonly isUnknown: boolean
  /** Why it cannot be judged: a zone that it goes by is not among the facts. It says nothing of being open then. */
  readonly error?: string
}

function windowsFor(policy: ContactPolicy, facts: ContactFacts): readonly WindowNow[] {
  return policy.sections.windows
    .filter(({ rule }) => appliesTo(rule, facts))
    .map((window) => {
      const names = window.rule.time_zone === 'user' ? facts.personZones : [window.rule.time_zone]
      const zones = names.flatMap((name) => facts.zones.find((one) => one.name === name) ?? [])
      if (zones.length < names.length)
        return { window, hours: [], isUnknown: false, isOpen: true, error: RangeError.name }
      const hours = windowHours(window.rule).map((open) => ({ ...open, zones }))
      const isUnknown = names.length === 0
      return { window, hours, isUnknown, isOpen: !isUnknown && areAllOpen(hours, facts.atMs) }
    })
}

function nextOf(windows: readonly WindowNow[], fromMs: number): number | null {
  if (fromMs === Number.POSITIVE_INFINITY) return null
  return nextWithin(
    windows.flatMap(({ hours }) => hours),
    fromMs,
  )
}

function failedOf(windows: readonly WindowNow[]): readonly Finding[] {
  return windows.flatMap(({ window, error }) =>
    error === undefined ? [] : [{ rule: window, action: 'defer' as const, error }],
  )
}

function appliesTo(rule: Pick<SleepWindow, 'channels' | 'classes'>, facts: ContactFacts): boolean {
  return rule.channels.includes(facts.channel) && rule.classes.includes(facts.class)
}

function deferral(ruleId: string, untilMs: number): Obligation {
  return { kind: 'defer', ruleId, untilMs }
}

function floorRule(ruleId: string): Rule {
  return { ruleId, floor: true }
}
