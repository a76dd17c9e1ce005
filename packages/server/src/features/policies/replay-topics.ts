import type { Decision } from '@hyponema/contract'
import type { CompiledPolicy, TopicFacts } from '@hyponema/policy'
import type { Asked } from './replay-decision.ts'

/**
 * Which topics rest while a talk is judged again under a policy, as far as the talk says: what its recorded decisions knew of it,
 * and what the policy itself decides about the words of the person. Topics are compared by their own names: the layer that one
 * stood in may have another name now. What rested from an earlier talk and left no record is not known.
 */
export class ReplayedTopics {
  readonly #policy: CompiledPolicy
  readonly #cooling = new Set<string>()
  readonly #raisedIn = new Map<string, number>()
  #turn = 0

  constructor(policy: CompiledPolicy) {
    this.#policy = policy
  }

  userSaid(): void {
    this.#turn += 1
  }

  /** What a recorded decision knew, or did because of it. */
  recorded({ asked, rule_ids: ruleIds, stage }: Recorded): void {
    const withheld = stage === 'output' || stage === 'retrieval' ? ruleIds : []
    for (const ruleId of [...(asked?.facts.topics?.cooling ?? []), ...withheld]) this.#cooling.add(nameOf(ruleId))
    for (const [ruleId, turnsAgo] of Object.entries(asked?.facts.topics?.raisedTurnsAgo ?? {}))
      this.#raise(nameOf(ruleId), this.#turn - turnsAgo)
  }

  /** What the policy decides about the person's words now. */
  decided({ stage, obligations }: Decision): void {
    if (stage !== 'input') return
    for (const obligation of obligations) {
      if (obligation.kind === 'topic_raised') this.#raise(nameOf(obligation.ruleId), this.#turn)
      if (obligation.kind !== 'cooldown') continue
      this.#cooling.add(nameOf(obligation.ruleId))
      if (obligation.reason === 'user_asked') this.#raisedIn.delete(nameOf(obligation.ruleId))
    }
  }

  get facts(): TopicFacts {
    const own = this.#policy.sections.topics.map(({ ruleId }) => ruleId)
    const raised = own.flatMap((ruleId): readonly (readonly [string, number])[] => {
      const turn = this.#raisedIn.get(nameOf(ruleId))
      return turn === undefined ? [] : [[ruleId, this.#turn - turn]]
    })
    return {
      cooling: own.filter((ruleId) => this.#cooling.has(nameOf(ruleId))),
      raisedTurnsAgo: Object.fromEntries(raised),
    }
  }

  #raise(name: string, turn: number): void {
    this.#raisedIn.set(name, Math.max(turn, this.#raisedIn.get(name) ?? turn))
  }
}

type Recorded = { readonly stage: string; readonly rule_ids: readonly string[]; readonly asked: Asked | null }

function nameOf(ruleId: string): string {
  return ruleId.slice(ruleId.lastIndexOf('/') + 1)
}
