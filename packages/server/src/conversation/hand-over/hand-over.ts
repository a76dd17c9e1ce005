/**
 * Who talks to the person of a live session, as its owner knows it.
 *
 * with_agent --somebody is called--> waiting --claimed--> with_person --returned, resolved, released--> with_agent or waiting
 *                                       '-- nobody in time --> with_agent, and what the rule asks for is said
 *
 * The rows decide: this is what they said when they were last read. Words of the operator wait here until the session can say them;
 * each is taken once.
 */
import type { EscalationOutcome, EscalationState, HandOverState, UnansweredAction, Uuid } from '@hyponema/contract'
import type { FoundHandOver } from '../../features/escalations/public.ts'

export type KnownEscalation = {
  readonly id: Uuid
  readonly ruleId: string | null
  readonly reason: string
  readonly state: EscalationState
  readonly resolvedAt: Date | null
  readonly outcome: EscalationOutcome | null
  readonly fallback: UnansweredAction | null
}

/** What is to be said next that the agent does not say by itself. */
export type HandedWords =
  | { readonly kind: 'operator'; readonly messageId: Uuid; readonly text: string }
  | { readonly kind: 'unanswered'; readonly escalation: KnownEscalation }

export class HandOver {
  #known: readonly KnownEscalation[] = []
  readonly #taken = new Set<Uuid>()
  #waiting: readonly HandedWords[] = []
  readonly #listeners = new Set<() => void>()
  #looks = 0
  #lastLook = 0

  get known(): readonly KnownEscalation[] {
    return this.#known
  }

  get state(): HandOverState {
    if (this.isClaimed) return 'with_person'
    return this.#known.some(({ state }) => state === 'open') ? 'waiting' : 'with_agent'
  }

  /** The model is not asked: a person answers. */
  get isClaimed(): boolean {
    return this.#known.some(({ state }) => state === 'claimed')
  }

  /** The turn that called somebody has committed. */
  called(escalation: KnownEscalation): void {
    if (this.#known.some(({ id }) => id === escalation.id)) return
    this.#known = [...this.#known, escalation]
    this.#tell()
  }

  /** Somebody begins to read the rows. */
  beginLook(): number {
    this.#looks += 1
    return this.#looks
  }

  /**
   * What the rows said when somebody looked. Looks overlap: one that began before another that is known already may be older than it,
   * and says nothing any more. What a commit has just told of stays, whether a look has seen it or not.
   */
  update(
    found: Pick<FoundHandOver, 'messages'> & { readonly escalations: readonly KnownEscalation[] },
    look = this.beginLook(),
  ): void {
    if (look < this.#lastLook) return
    this.#lastLook = look
    const { messages } = found
    const seen = new Set(found.escalations.map(({ id }) => id))
    const escalations = [...found.escalations, ...this.#known.filter(({ id }) => !seen.has(id))]
    const before = new Map(this.#known.map(({ id, state }) => [id, state]))
    this.#known = escalations
    const given = escalations.filter(({ id, outcome }) => outcome === 'unanswered' && before.get(id) !== 'resolved')
    const words = messages.filter(({ id }) => !this.#isKnown(id))
    this.#waiting = [
      ...this.#waiting,
      ...given.map((escalation): HandedWords => ({ kind: 'unanswered', escalation })),
      ...words.map(({ id, text }): HandedWords => ({ kind: 'operator', messageId: id, text })),
    ]
    this.#tell()
  }

  /** A turn is over, so that what waits can be said. */
  settled(): void {
    if (this.#waiting.length > 0) this.#tell()
  }

  get next(): HandedWords | undefined {
    return this.#waiting[0]
  }

  takeNext(): HandedWords | undefined {
    const [next, ...rest] = this.#waiting
    this.#waiting = rest
    if (next?.kind === 'operator') this.#taken.add(next.messageId)
    return next
  }

  /** It could not be said now. */
  putBack(words: HandedWords): void {
    this.#waiting = [words, ...this.#waiting]
  }

  /** Calls it whenever the state may have changed or something is to be said, until what comes back is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #isKnown(messageId: Uuid): boolean {
    return (
      this.#taken.has(messageId) ||
      this.#waiting.some((words) => words.kind === 'operator' && words.messageId === messageId)
    )
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}
