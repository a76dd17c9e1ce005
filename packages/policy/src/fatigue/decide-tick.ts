/**
 * Threat: a person is kept talking when it is tired, into the night, or without being told again that it talks to a machine.
 * Rule: reminders at their times, what the fatigue score asks for, and the end of what winds down; all rules of all layers hold.
 * On failure: `annotate`, with the error in the decision.
 */
import type { Decision } from '@hyponema/contract'
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import { joinAllDecisions } from '../decide/join-decisions.ts'
import { allowDecision } from '../decide/rule-decision.ts'
import { decideEndOfTime } from './decide-end-of-time.ts'
import { decideFatigue } from './decide-fatigue.ts'
import { decideReminders } from './decide-reminders.ts'
import { decideRunningWindows } from './decide-running-window.ts'
import type { TickFacts } from './tick-facts.ts'

/** What time alone asks for. Without facts nothing is known of the time, so nothing is asked for. */
export function decideTick(policy: CompiledPolicy, facts: TickFacts | undefined, mode: Decision['mode']): Decision {
  if (facts === undefined) return allowDecision(policy, 'tick', mode)
  return joinAllDecisions(allowDecision(policy, 'tick', mode), [
    ...decideReminders(policy, facts, mode),
    ...policy.sections.fatigue.map((compiled) => decideFatigue(policy, compiled, facts, mode)),
    ...decideEndOfTime(policy, facts, mode),
    ...decideRunningWindows(policy, facts, mode),
  ])
}
