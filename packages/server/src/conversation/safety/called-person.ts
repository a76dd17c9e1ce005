import type { Decision, EscalationRule, Obligation, UnansweredAction } from '@hyponema/contract'
import type { CompiledRule, EscalationReason } from '@hyponema/policy'

/** Who is called, by a decision of the escalation stage. */
export type CalledPerson = {
  readonly ruleId: string | null
  readonly queue: string
  readonly priority: number
  readonly reason: string
  readonly isWithinHours: boolean
  readonly onUnanswered: UnansweredAction
  /** So long somebody has to take it. */
  readonly waitMs: number
}

/** The reason of the built-in rule and of any that has `crisis` among its triggers. */
export const crisisReason = 'crisis' satisfies EscalationReason

/** What holds where no rule of the section says otherwise: a zone's wish, the agent's own, the built-in rule on a crisis. */
const unsaid = { queue: 'default', priority: 5, onUnanswered: 'message', afterSeconds: 120 } as const

/**
 * Of several rules that call, the most urgent names the queue, and of those one that heard a crisis: what else was said must not
 * stand for it. Outside the hours nobody is waited for.
 */
export function calledPerson(decision: Decision, rules: readonly CompiledRule<EscalationRule>[]): CalledPerson {
  const [first] = decision.obligations
    .filter((obligation): obligation is Extract<Obligation, { kind: 'queue' }> => obligation.kind === 'queue')
    .toSorted(
      (left, right) =>
        priorityOf(right) - priorityOf(left) ||
        Number(isCrisis(decision, right)) - Number(isCrisis(decision, left)) ||
        (left.ruleId < right.ruleId ? -1 : 1),
    )
  const ruleId = first?.ruleId ?? null
  const rule = rules.find((one) => one.ruleId === ruleId)?.rule
  const reason = ruleId === null ? 'agent' : (decision.facts[`reason:${ruleId}`] ?? 'zone')
  const isWithinHours = ruleId === null || decision.facts[`within_hours:${ruleId}`] !== false
  return {
    ruleId,
    queue: first?.queue ?? unsaid.queue,
    priority: first === undefined ? unsaid.priority : priorityOf(first),
    reason: String(reason),
    isWithinHours,
    onUnanswered: rule?.unanswered.then ?? unsaid.onUnanswered,
    waitMs: isWithinHours ? (rule?.unanswered.after_seconds ?? unsaid.afterSeconds) * 1000 : 0,
  }
}

function isCrisis({ facts }: Decision, { ruleId }: { readonly ruleId: string }): boolean {
  return facts[`reason:${ruleId}`] === crisisReason
}

function priorityOf({ priority }: Extract<Obligation, { kind: 'queue' }>): number {
  return priority ?? unsaid.priority
}
