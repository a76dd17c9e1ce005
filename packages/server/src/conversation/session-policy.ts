/**
 * Threat: a live session loses its policy because the next one does not compile, or goes on without a floor and nobody notices.
 * Rule: the policy is replaced by one that has compiled, in one step and with what the gate remembers; else the old one stays.
 * On failure: logged, and a decision with the error stands in the record of the session's next turn.
 */
import type { AgentDocument, Decision, Uuid } from '@hyponema/contract'
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
  readonly #gate: Pick<PolicyGate, 'swap' | 'failedFloor' | 'openings'>
  readonly #opening: OpeningLines
  readonly #keep: (kept: ShadowDecision) => void
  #now: HeldLayers
  #refused: Buffer | undefined

  constructor(
    begun: Begun,
    parts: {
      readonly gate: Pick<PolicyGate, 'swap' | 'failedFloor' | 'openings'>
      readonly opening: OpeningLines
      readonly keep: (kept: ShadowDecision) => void
    },
  ) {
    this.begun = begun
    this.#now = begun.now
    this.#gate = parts.gate
    this.#opening = parts.opening
    this.#keep = parts.keep
  }

  /** Whether these are neither the layers of now nor some that were refused already. */
  isNew({ sha256 }: HeldLayers): boolean {
    return !sha256.equals(this.#now.sha256) && this.#refused?.equals(sha256) !== true
  }

  swap(held: HeldLayers, policy: CompiledPolicy): void {
    this.#gate.swap(policy)
    this.#opening.follow(this.#gate.openings)
    this.#now = held
    this.#refused = undefined
  }

  /** Floors that do not compile with what this session has: it keeps what it has. */
  refuse(held: HeldLayers): void {
    this.#refused = held.sha256
    const decision: Decision = this.#gate.failedFloor()
    this.#keep({ decision, engineUs: 0, blockedText: null, charactersHeard: 0 })
  }
}
