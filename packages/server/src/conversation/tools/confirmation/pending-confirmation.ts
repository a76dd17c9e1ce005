/**
 * Threat: a call is made that the person did not agree to: to something else, too late, twice, over the question, or in the
 * voice of the agent itself that comes back through the microphone.
 * Rule: one question, one call, one answer. The answer counts when it began after the end of the question was heard, within a
 * minute, once, and is a yes of the closed grammar, typed or spoken, or the key 1. What cannot be undone needs a key or a typed yes.
 * On failure: not confirmed. A turn in which the question was not heard to its end, or any other turn of the agent, takes it back.
 *
 * asked --question heard--> open --answer--> settled
 *   |                        |
 *   '--- turn was cut -------'-- another turn of the agent --> taken back
 */
import type { ConfirmationClass, Uuid } from '@hyponema/contract'
import type { OriginSegment } from '@hyponema/policy'
import type { MessageHow } from '../../pipeline/message-how.ts'
import type { ToolCall } from '../../prompt-segment.ts'
import { readYes } from './read-yes.ts'

export type AskedCall = {
  readonly call: ToolCall
  readonly digest: string
  readonly confirmation: Exclude<ConfirmationClass, 'none'>
  /** The turn in which it is asked. */
  readonly turnId: Uuid
  /** What the model wished behind it; judged when it is settled. */
  readonly rest: readonly ToolCall[]
  /** What stood in the prompt that the call was wished in. */
  readonly segments: readonly OriginSegment[]
  /** The question as it was said, so that it can be said again. */
  readonly question: string
  /** How often it was asked before. */
  readonly repeats: number
}

export type ConfirmationAnswer = {
  readonly text: string
  readonly how: MessageHow
  /** When the person began to speak, to type or to press; undefined where nobody knows. */
  readonly beganMs: number | undefined
  readonly language: string | undefined
}

/** `early`: it would have been a yes, but began before the question was over. */
export type ConfirmationVerdict =
  | { readonly kind: 'confirmed'; readonly by: Exclude<ConfirmationClass, 'none'> }
  | { readonly kind: 'refused' | 'early' | 'late' }

const validMs = 60_000
/** Sound of the agent that is still in the room, or on its way to the client when its end was told. */
const echoMs = 300

export class PendingConfirmation {
  readonly asked: AskedCall
  #openedMs: number | undefined

  constructor(asked: AskedCall) {
    this.asked = asked
  }

  /** The person has heard all of the question. */
  heard(nowMs: number): void {
    this.#openedMs ??= nowMs
  }

  get isOpen(): boolean {
    return this.#openedMs !== undefined
  }

  /** What the answer comes to. The caller forgets it first: no answer settles it twice. */
  verdict({ text, how, beganMs, language }: ConfirmationAnswer): ConfirmationVerdict {
    const by = this.#agreement({ text, how, language })
    if (by === undefined) return { kind: 'refused' }
    const openedMs = this.#openedMs
    const gateMs = how === 'speech' ? echoMs : 0
    if (openedMs === undefined || beganMs === undefined || beganMs < openedMs + gateMs) return { kind: 'early' }
    return beganMs - openedMs > validMs ? { kind: 'late' } : { kind: 'confirmed', by }
  }

  #agreement({
    text,
    how,
    language,
  }: Omit<ConfirmationAnswer, 'beganMs'>): Exclude<ConfirmationClass, 'none'> | undefined {
    if (how === 'keypad') return text === '1' ? 'irreversible' : undefined
    if (!readYes(text, language)) return undefined
    if (how === 'typed') return 'irreversible'
    return this.asked.confirmation === 'spoken' ? 'spoken' : undefined
  }
}
