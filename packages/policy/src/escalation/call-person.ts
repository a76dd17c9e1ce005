import type { Decision, DecisionMatch, EscalationRule, Stage } from '@hyponema/contract'
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import type { CompiledRule } from '../compile/compiled-sections.ts'
import { sectionDecision } from '../decide/section-decision.ts'
import { isWithinHours } from '../time/is-within-hours.ts'
import type { EscalationFacts } from './escalation-facts.ts'
import { escalationLine } from './escalation-lines.ts'
import { heldBack } from './hold-escalation.ts'

export const escalationReasons = [
  'crisis',
  'wish',
  'phrase',
  'guard_hits',
  'failed_confirmations',
  'failed_tools',
  'misunderstandings',
  'silence',
  'negative_wording',
  'duration',
  'cost',
  'zone',
  'agent',
] as const
/** Why a person is called. `zone` and `agent`: another rule asked for it, or the agent by its tool. */
export type EscalationReason = (typeof escalationReasons)[number]

export interface EscalationCall {
  readonly stage: Stage
  readonly mode: Decision['mode']
  readonly reason: EscalationReason
  readonly language: string | undefined
  readonly facts: EscalationFacts | undefined
  readonly matches?: readonly Omit<DecisionMatch, 'ruleId'>[]
  readonly counted?: number
}

/**
 * The decision of one rule that has been triggered: a queue with its priority, a line, and whether somebody is there at this hour.
 * A rule that has to wait says so, and calls nobody; where the stage has no `annotate`, it says nothing.
 */
export function callPerson(policy: CompiledPolicy, rule: CompiledRule<EscalationRule>, call: EscalationCall): Decision {
  const { ruleId, rule: written } = rule
  const { stage, facts, matches, reason } = call
  const shared = matches === undefined ? {} : { matches }
  const counted = call.counted === undefined ? {} : { [`count:${ruleId}`]: call.counted }
  const held = heldBack(ruleId, written, facts)
  if (held !== undefined) {
    const action = stage === 'escalation' ? 'allow' : 'annotate'
    return sectionDecision(policy, call, rule, { action, ...shared, facts: { [`held:${ruleId}`]: held, ...counted } })
  }
  const isOpen = isSomebodyThere(written, facts)
  const line = isOpen ? written.say : written.closed_say
  const text = line ?? escalationLine(isOpen ? 'called' : 'closed', call.language)
  return sectionDecision(policy, call, rule, {
    action: 'escalate',
    ...shared,
    obligations: [
      { kind: 'line', ruleId, text },
      { kind: 'queue', ruleId, queue: written.queue, priority: written.priority },
    ],
    facts: { [`reason:${ruleId}`]: reason, [`within_hours:${ruleId}`]: isOpen, ...counted },
  })
}

function isSomebodyThere({ hours }: EscalationRule, facts: EscalationFacts | undefined): boolean {
  if (hours === undefined || facts === undefined) return true
  const zone = facts.zones.find(({ name }) => name === hours.time_zone)
  return zone === undefined || isWithinHours(zone, { hours: hours.week, holidays: hours.holidays }, facts.nowMs)
}
