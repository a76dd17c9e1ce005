/**
 * Threat: a live session goes on without a floor, or with other lines than its author wrote, and nobody notices.
 * Rule: the policy is replaced by one that has compiled, in one step and with what the gate remembers. Where lines gave way to floors, a
 * decision in the record of the session's next turn says so.
 * On failure: who asked for it ends the session (follow-session-floors.ts).
 */
import type { AgentDocument, Uuid } from '@hyponema/contract'
import type { CompiledPolicy } from '@hyponema/policy'
import type { HeldLayers } from '../features/policies/public.ts'
import type { OpeningLines } from './opening-lines.ts'
import type { PolicyGate } from './policy-gate.ts'
import type { ShadowDecision } from './shadow-gate.ts'

type Begun = {
  /** What the session keeps, but for floors. */
  readonly began: HeldLayers
  readonly now: HeldLayers
  readonly agentId: Uuid
  readonly agent: AgentDocument
  readonly version: number
}

export class SessionPolicy {
  readonly begun: Begun
  readonly #gate: Pick<PolicyGate, 'swap' | 'policy' | 'replacedLines' | 'openings'>
  readonly #opening: OpeningLines
  readonly #keep: (kept: ShadowDecision) => void
  #now: HeldLayers

  constructor(
    begun: Begun,
    parts: {
      readonly gate: Pick<PolicyGate, 'swap' | 'policy' | 'replacedLines' | 'openings'>
      readonly opening: OpeningLines
      readonly keep: (kept: ShadowDecision) => void
    },
  ) {
    this.begun = begun
    this.#now = begun.now
    this.#gate = parts.gate
    this.#opening = parts.opening
    this.#keep = parts.keep
    this.#record()
  }

  /** Whether these are not the layers of now. */
  isNew({ sha256 }: HeldLayers): boolean {
    return !sha256.equals(this.#now.sha256)
  }

  swap(held: HeldLayers, policy: CompiledPolicy): void {
    this.#gate.swap(policy)
    this.#opening.follow(this.#gate.openings)
    this.#now = held
    this.#record()
  }

  #record(): void {
    if (this.#gate.policy.replacedLines.length === 0) return
    this.#keep({ decision: this.#gate.replacedLines(), engineUs: 0, blockedText: null, charactersHeard: 0 })
  }
}
