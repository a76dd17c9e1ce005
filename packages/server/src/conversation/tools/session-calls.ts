import type { Uuid } from '@hyponema/contract'
import type { OriginSegment, ToolFacts } from '@hyponema/policy'
import type { PromptPart } from '../prompt-segment.ts'
import type { PendingConfirmation } from './confirmation/pending-confirmation.ts'
import type { Tool } from './define-tool.ts'
import { enumFields } from './enum-fields.ts'

const dayMs = 24 * 60 * 60 * 1000
/** A script looks up one passage a turn; older ones have been said or forgotten. */
const maxLookedUp = 20

type MadeCall = { readonly name: string; readonly turnId: Uuid; readonly atMs: number }

export type WishedCall = {
  readonly name: string
  readonly tool: Tool | undefined
  readonly turnId: Uuid
  readonly nowMs: number
  readonly segments: readonly OriginSegment[]
  /** Calls of this tool that stand before it in the same answer. */
  readonly ahead: number
  /** Calls of this day that were counted for the person in any session; 0 where no rule bounds them. */
  readonly today: number
  readonly confirmedBy?: ToolFacts['confirmedBy']
}

export type SessionCallsOptions = {
  /** Of the person; absent: UTC. */
  readonly zone?: ToolFacts['zone']
  /** What the model is told of tools that somebody else describes; it stands beside every prompt. */
  readonly foreign?: readonly OriginSegment[]
}

/** What the calls of one session come to: how many were made, what they worked, what waits for the person's word. */
export class SessionCalls {
  readonly #options: SessionCallsOptions
  readonly #made: MadeCall[] = []
  readonly #worked = new Set<string>()
  readonly #lookedUp: OriginSegment[] = []
  /** A piece is the same in each prompt, so what was read of it is remembered with it. */
  readonly #pieces = new WeakMap<object, OriginSegment>()
  #isTainted = false
  #pending: PendingConfirmation | undefined

  constructor(options: SessionCallsOptions = {}) {
    this.#options = options
  }

  /** A script has read this of a document; it stands in no prompt. */
  lookedUp(text: string): void {
    this.#isTainted = true
    this.#lookedUp.push({ text, trust: 'document' })
    if (this.#lookedUp.length > maxLookedUp) this.#lookedUp.shift()
  }

  /**
   * The pieces of a prompt with who answers for them. What the agent said counts as a tool's text once there was text of tools or
   * documents in any prompt of the session: it may repeat that. Before, it is nobody's.
   */
  segmentsOf(prompt: readonly PromptPart[]): readonly OriginSegment[] {
    const given = prompt.filter(
      ({ kind, segment }) => segment.text !== '' && !(kind === 'reply' && segment.trust === 'tool'),
    )
    this.#isTainted ||= given.some(({ segment }) => segment.trust === 'tool' || segment.trust === 'document')
    const { foreign = [] } = this.#options
    this.#isTainted ||= foreign.length > 0
    const parts = this.#isTainted ? prompt.filter(({ segment }) => segment.text !== '') : given
    return [...parts.map((part) => this.#pieceOf(part)), ...this.#lookedUp, ...foreign]
  }

  factsOf({ name, tool, turnId, nowMs, segments, ahead, today, confirmedBy }: WishedCall): ToolFacts {
    const own = this.#made.filter((made) => made.name === name)
    const ownToday = own.filter(({ atMs }) => Math.floor(atMs / dayMs) === Math.floor(nowMs / dayMs)).length
    const { zone } = this.#options
    return {
      segments,
      hasEffects: tool?.hasEffects ?? false,
      enumFields: tool === undefined ? [] : enumFields(tool.parameters),
      worked: [...this.#worked].sort(),
      calls: {
        turn: own.filter((made) => made.turnId === turnId).length + ahead,
        session: own.length + ahead,
        day: Math.max(today, ownToday) + ahead,
      },
      nowMs,
      ...(zone === undefined ? {} : { zone }),
      ...(confirmedBy === undefined ? {} : { confirmedBy }),
    }
  }

  made(call: MadeCall): void {
    this.#made.push(call)
  }

  worked(name: string): void {
    this.#worked.add(name)
  }

  get awaitsConfirmation(): boolean {
    return this.#pending !== undefined
  }

  ask(pending: PendingConfirmation): void {
    this.#pending = pending
  }

  /** Who answers takes it: nobody can answer it again. */
  takePending(): PendingConfirmation | undefined {
    const pending = this.#pending
    this.#pending = undefined
    return pending
  }

  /** A turn of the agent is over. Its own question is open once it was heard; any other is taken back. */
  turnEnded({
    turnId,
    isHeard,
    nowMs,
  }: {
    readonly turnId: Uuid
    readonly isHeard: boolean
    readonly nowMs: number
  }): void {
    if (this.#pending === undefined) return
    if (isHeard && this.#pending.asked.turnId === turnId) this.#pending.heard(nowMs)
    else this.#pending = undefined
  }

  #pieceOf({ segment }: PromptPart): OriginSegment {
    const known = this.#pieces.get(segment)
    if (known !== undefined) return known
    const piece: OriginSegment = { text: segment.text, trust: segment.trust }
    this.#pieces.set(segment, piece)
    return piece
  }
}
