/**
 * Threat: a talk that goes wrong goes on going wrong, because nobody has said the words that call a person.
 * Rule: what has been counted (hits, failures, silence, time, cost) calls one, once, until it is over and for a while after.
 * On failure: an error is the escalation stage's safe default: a person is called.
 */
import type { Decision, EscalationRule } from '@hyponema/contract'
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import { joinAllDecisions, joinDecisions } from '../decide/join-decisions.ts'
import { allowDecision } from '../decide/rule-decision.ts'
import { callPerson, type EscalationReason } from './call-person.ts'
import type { EscalationFacts } from './escalation-facts.ts'

interface Reached {
  readonly reason: EscalationReason
  readonly counted: number
}

/** Whether a person is called, by what has been counted so far, or because another stage or the agent asks for one. */
export function decideEscalation(
  policy: CompiledPolicy,
  facts: EscalationFacts | undefined,
  { mode, asked }: { readonly mode: Decision['mode']; readonly asked: Decision | 'agent' | undefined },
): Decision {
  const counted = decideCounts(policy, facts, { stage: 'escalation', mode })
  if (asked === undefined) return counted
  if (asked === 'agent') return joinDecisions(counted, { ...counted, action: 'escalate', obligations: [] })
  // What is said was said by the stage that asks; into which queue it goes is of this one.
  const obligations = asked.obligations.filter(({ kind }) => kind === 'queue')
  return joinDecisions(counted, { ...asked, stage: 'escalation', obligations })
}

/** The same for any stage that asks about time, such as the tick: whichever stage finds it first calls the person. */
export function decideCounts(
  policy: CompiledPolicy,
  facts: EscalationFacts | undefined,
  { stage, mode }: { readonly stage: 'escalation' | 'tick'; readonly mode: Decision['mode'] },
): Decision {
  const nothing = allowDecision(policy, stage, mode)
  if (facts === undefined) return nothing
  const called = policy.sections.escalation.flatMap((rule) => {
    const reached = reachedBy(rule.rule.triggers, facts)
    if (reached === undefined) return []
    return [callPerson(policy, rule, { stage, mode, facts, language: facts.language, ...reached })]
  })
  // What is held back has nothing to say at each turn anew.
  return joinAllDecisions(
    nothing,
    called.filter(({ action }) => action === 'escalate'),
  )
}

function reachedBy(triggers: EscalationRule['triggers'], facts: EscalationFacts): Reached | undefined {
  const within = (turnsAgo: readonly number[], turns: number): number => turnsAgo.filter((ago) => ago < turns).length
  const { guard_hits: hits, negative_wording: negative } = triggers
  const found: readonly (readonly [EscalationReason, number, number | undefined])[] = [
    ['guard_hits', within(facts.guardHitsTurnsAgo, hits?.turns ?? 0), hits?.hits],
    ['negative_wording', within(facts.negativeTurnsAgo, negative?.turns ?? 0), negative?.hits],
    ['failed_confirmations', facts.failedConfirmations, triggers.failed_confirmations],
    ['failed_tools', facts.failedTools, triggers.failed_tools],
    ['misunderstandings', facts.misunderstandings, triggers.misunderstandings],
    ['silence', Math.floor(facts.silenceMs / 1000), triggers.silence_seconds],
    ['duration', Math.floor(facts.durationMs / 1000), triggers.duration_seconds],
    ['cost', facts.tokens, triggers.cost_tokens],
  ]
  const first = found.find(([, counted, limit]) => limit !== undefined && counted >= limit)
  return first === undefined ? undefined : { reason: first[0], counted: first[1] }
}
