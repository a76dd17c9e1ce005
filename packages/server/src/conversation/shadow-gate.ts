/**
 * Threat: a policy that is only being tried changes what is said, or nobody learns what it would have done.
 * Rule: it gets the same words and the same facts as the policy in force; its decisions are kept as `shadow`, and nothing else
 * comes out of here. A topic that it lets begin to rest rests for it alone, until the session ends.
 * On failure: the engine answers with the safe default of the stage, kept as a shadow too. The session goes on.
 */
import type { Decision } from '@hyponema/contract'
import {
  type CompiledPolicy,
  createOutputGate,
  type DecideFacts,
  decide,
  isTopicResting,
  type OutputGate,
  type PolicyEvent,
  type TopicFacts,
} from '@hyponema/policy'
import type { AskedDecision } from './pipeline/recorded-decision.ts'

/** What the shadow policy would have done, with the words that it would have withheld. */
export type ShadowDecision = {
  readonly decision: Decision
  readonly engineUs: number
  readonly asked?: AskedDecision
  readonly blockedText: string | null
  readonly charactersHeard: number
}

export type ShadowGateOptions = {
  readonly policy: CompiledPolicy
  /** Told of all but a plain `allow`. */
  readonly keep: (kept: ShadowDecision) => void
}

/** What the gate in force knows when it judges what is said. */
type ShadowSurroundings = {
  readonly facts?: () => DecideFacts
  readonly language?: (() => string | undefined) | undefined
}

export class ShadowGate {
  readonly #options: ShadowGateOptions
  readonly #gate: OutputGate
  readonly #topics = new ShadowTopics()

  constructor(options: ShadowGateOptions, { facts, language }: ShadowSurroundings = {}) {
    this.#options = options
    const { policy } = options
    const isResting = (ruleId: string): boolean => isTopicResting(policy, this.#topics.beside(facts?.().topics), ruleId)
    this.#gate = createOutputGate(policy, undefined, { isResting, language })
  }

  push(text: string): void {
    this.#keepBlocks(() => this.#gate.push(text))
  }

  endUtterance(): void {
    this.#keepBlocks(() => this.#gate.endUtterance())
  }

  userTookTurn(): void {
    this.#topics.userTookTurn()
    this.#gate.userTookTurn()
  }

  decide(event: PolicyEvent, facts: DecideFacts): void {
    const startedMs = performance.now()
    const topics = this.#topics.beside(facts.topics)
    const given = { ...facts, ...(topics === undefined ? {} : { topics }), mode: 'shadow' } as const
    const decision = decide(this.#options.policy, event, given)
    this.#topics.decided(decision)
    if (decision.action === 'allow') return
    const asked = { event, facts: given }
    this.#options.keep({ decision, engineUs: since(startedMs), asked, blockedText: null, charactersHeard: 0 })
  }

  #keepBlocks(run: () => ReturnType<OutputGate['push']>): void {
    const startedMs = performance.now()
    for (const step of run()) {
      if (step.kind !== 'block') continue
      this.#options.keep({
        decision: { ...step.decision, mode: 'shadow' },
        engineUs: since(startedMs),
        blockedText: step.blockedText,
        charactersHeard: step.headHeard,
      })
    }
  }
}

/** What of topics the shadow alone has begun or heard in this session; the person's own record is not touched. */
class ShadowTopics {
  readonly #cooling = new Set<string>()
  readonly #raisedIn = new Map<string, number>()
  #turn = 0

  userTookTurn(): void {
    this.#turn += 1
  }

  decided({ stage, obligations }: Decision): void {
    if (stage !== 'input') return
    for (const obligation of obligations) {
      if (obligation.kind === 'topic_raised') this.#raisedIn.set(obligation.ruleId, this.#turn)
      if (obligation.kind !== 'cooldown') continue
      this.#cooling.add(obligation.ruleId)
      if (obligation.reason === 'user_asked') this.#raisedIn.delete(obligation.ruleId)
    }
  }

  /** Beside what the policy in force knows. */
  beside(facts: TopicFacts | undefined): TopicFacts | undefined {
    if (facts === undefined) return undefined
    const raised = Object.fromEntries([...this.#raisedIn].map(([ruleId, turn]) => [ruleId, this.#turn - turn]))
    return {
      cooling: [...new Set([...facts.cooling, ...this.#cooling])],
      raisedTurnsAgo: { ...facts.raisedTurnsAgo, ...raised },
    }
  }
}

function since(startedMs: number): number {
  return Math.round((performance.now() - startedMs) * 1000)
}
