import type { Stage } from '@hyponema/contract'
import type { DecideFacts } from '@hyponema/policy'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import type { RecordedDecision } from '../pipeline/recorded-decision.ts'
import type { SafetyWatch, UserSaid, WrittenTurn } from './safety-watch.ts'

/** All watches of one session, asked and told together. */
export class SessionSafety {
  readonly #watches: readonly SafetyWatch[]

  constructor(watches: readonly SafetyWatch[] = []) {
    this.#watches = watches
  }

  facts(stage: Stage): DecideFacts {
    return Object.assign({}, ...this.#watches.map((watch) => watch.facts?.(stage) ?? {}))
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

  toolCalled(call: { readonly name: string; readonly isOk: boolean }): void {
    for (const watch of this.#watches) watch.toolCalled?.(call)
  }

  async write(tx: WorkspaceTx, turn: WrittenTurn): Promise<void> {
    for (const watch of this.#watches) await watch.write?.(tx, turn)
  }

  written(): void {
    for (const watch of this.#watches) watch.written?.()
  }
}
