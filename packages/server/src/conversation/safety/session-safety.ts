import type { Decision, Stage } from '@hyponema/contract'
import type { DecideFacts } from '@hyponema/policy'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import type { BuiltInLine } from '../pipeline/built-in-lines.ts'
import type { RecordedDecision } from '../pipeline/recorded-decision.ts'
import type { SafetyWatch, UserSaid, WrittenTurn } from './safety-watch.ts'

/** All watches of one session, asked and told together. */
export class SessionSafety {
  readonly #watches: readonly SafetyWatch[]

  constructor(watches: readonly SafetyWatch[] = []) {
    this.#watches = watches
  }

  facts(stage: Stage): DecideFacts {
    return this.#watches.reduce<DecideFacts>((all, watch) => ({ ...all, ...watch.facts?.(stage) }), {})
  }

  instructions(): readonly string[] {
    return this.#watches.flatMap((watch) => watch.instructions?.() ?? [])
  }

  userSaid(said: UserSaid): void {
    for (const watch of this.#watches) watch.userSaid?.(said)
  }

  decided(kept: RecordedDecision): void {
    // What was only tried has happened to nobody.
    if (kept.decision.mode === 'shadow') return
    for (const watch of this.#watches) watch.decided?.(kept)
  }

  async carryOut(decision: Decision): Promise<readonly BuiltInLine[]> {
    if (decision.mode === 'shadow') return []
    const lines: BuiltInLine[] = []
    for (const watch of this.#watches) {
      const line = await watch.carryOut?.(decision)
      if (line !== undefined) lines.push(line)
    }
    return lines
  }

  toolCalled(call: { readonly name: string; readonly isOk: boolean }): void {
    for (const watch of this.#watches) watch.toolCalled?.(call)
  }

  confirmationAnswered(isConfirmed: boolean): void {
    for (const watch of this.#watches) watch.confirmationAnswered?.(isConfirmed)
  }

  async write(tx: WorkspaceTx, turn: WrittenTurn): Promise<void> {
    for (const watch of this.#watches) await watch.write?.(tx, turn)
  }

  written(): void {
    for (const watch of this.#watches) watch.written?.()
  }
}
