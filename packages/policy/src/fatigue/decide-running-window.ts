import type { Decision, SleepWindow } from '@hyponema/contract'
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import type { CompiledRule } from '../compile/compiled-sections.ts'
import { windowHours } from '../contact/window-hours.ts'
import { sectionDecision } from '../decide/section-decision.ts'
import { isWithinHours } from '../time/is-within-hours.ts'
import type { ZoneTransitions } from '../time/zone-transitions.ts'
import { fatigueLine } from './fatigue-lines.ts'
import type { TickFacts } from './tick-facts.ts'

/**
 * A session that began within the hours of a window and has run out of them: the line is said, and so many minutes later the
 * session ends. One that began outside was let in by the rule for those who come by themselves, and goes on.
 */
export function decideRunningWindows(
  policy: CompiledPolicy,
  facts: TickFacts,
  mode: Decision['mode'],
): readonly Decision[] {
  return policy.sections.windows.flatMap((compiled) => {
    const { ruleId, rule } = compiled
    const zone = zoneOf(rule, facts)
    if (rule.running === undefined || zone === undefined || !appliesTo(rule, facts)) return []
    if (!hasRunOut(rule, zone, facts)) return []
    const since = facts.windingDownSinceMs[ruleId]
    const inMs = rule.running.wind_down_after_minutes * 60_000
    if (since === undefined) return [decision(policy, compiled, mode, { text: rule.running.line, inMs, since: 0 })]
    if (facts.nowMs - since < inMs) return []
    const text = fatigueLine('end', facts.language)
    return [decision(policy, compiled, mode, { text, inMs: 0, since: facts.nowMs - since })]
  })
}

function decision(
  policy: CompiledPolicy,
  compiled: CompiledRule<SleepWindow>,
  mode: Decision['mode'],
  { text, inMs, since }: { readonly text: string; readonly inMs: number; readonly since: number },
): Decision {
  const { ruleId } = compiled
  return sectionDecision(policy, { stage: 'tick', mode }, compiled, {
    action: inMs === 0 ? 'end' : 'annotate',
    obligations: [
      { kind: 'line', ruleId, text },
      { kind: 'wind_down', ruleId, inMs },
    ],
    facts: { outside_hours: true, winding_down_minutes: Math.floor(since / 60_000) },
  })
}

/** Undefined: nobody knows where the person is, so nobody knows its hours. A zone that a rule names has to be among the facts. */
function zoneOf({ name, time_zone: named }: SleepWindow, { zones, userZone }: TickFacts): ZoneTransitions | undefined {
  const wanted = named === 'user' ? userZone : named
  if (wanted === undefined) return undefined
  const zone = zones.find((one) => one.name === wanted)
  if (zone === undefined && named !== 'user') throw new RangeError(`expected the zone of the window ${name} as a fact`)
  return zone
}

/** What a person and an agent talk about is ordinary; a window for other contacts alone does not end it. */
function appliesTo({ channels, classes }: SleepWindow, { channel }: TickFacts): boolean {
  return channels.includes(channel) && classes.includes('ordinary')
}

function hasRunOut(rule: SleepWindow, zone: ZoneTransitions, { nowMs, sessionMs }: TickFacts): boolean {
  const isOpen = (atMs: number): boolean => windowHours(rule).every((hours) => isWithinHours(zone, hours, atMs))
  return !isOpen(nowMs) && isOpen(nowMs - sessionMs)
}
