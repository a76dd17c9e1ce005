/**
 * Threat: a policy that is only being tried changes what is said, or nobody learns what it would have done.
 * Rule: it gets the same words and the same facts as the policy in force; its decisions are kept as `shadow`, and nothing else
 * comes out of here.
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

  constructor(options: ShadowGateOptions, { facts, language }: ShadowSurroundings = {}) {
    this.#options = options
    const { policy } = options
    const isResting = (ruleId: string): boolean => isTopicResting(policy, facts?.().topics, ruleId)
    this.#gate = createOutputGate(policy, undefined, { isResting, language })
  }

  push(text: string): void {
    this.#keepBlocks(() => this.#gate.push(text))
  }

  endUtterance(): void {
    this.#keepBlocks(() => this.#gate.endUtterance())
  }

  userTookTurn(): void {
    this.#gate.userTookTurn()
  }

  decide(event: PolicyEvent, facts: DecideFacts): void {
    const startedMs = performance.now()
    const given = { ...facts, mode: 'shadow' } as const
    const decision = decide(this.#options.policy, event, given)
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

function since(startedMs: number): number {
  return Math.round((performance.now() - startedMs) * 1000)
}
