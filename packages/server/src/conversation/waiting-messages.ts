import { maxMessageCharacters } from '@hyponema/contract'
import type { TurnInput } from './live-session.ts'
import type { MessageHow } from './pipeline/message-how.ts'

export type WaitingMessage = {
  readonly text: string
  /** Whether the answer is wanted aloud. */
  readonly spoken: boolean
  readonly how: MessageHow
  /** When the person began with it; undefined where nobody knows. */
  readonly beganMs?: number | undefined
}

/** What is typed or said while a turn is being cut or spoken; more than that nobody answers in order. */
const maxWaiting = 5

/** What a person has typed or said while a turn was running, in order. What was said in one breath is one message. */
export class WaitingMessages {
  readonly #messages: WaitingMessage[] = []

  /** False: too many wait already. */
  add(message: WaitingMessage): boolean {
    const last = this.#messages.at(-1)
    if (last !== undefined && isOneBreath(last, message)) {
      // As far as the agent is concerned: it has not begun to answer yet.
      this.#messages[this.#messages.length - 1] = {
        ...message,
        text: `${last.text} ${message.text}`,
        beganMs: last.beganMs,
      }
      return true
    }
    if (this.#messages.length >= maxWaiting) return false
    this.#messages.push(message)
    return true
  }

  takeNext(): WaitingMessage | undefined {
    return this.#messages.shift()
  }

  clear(): void {
    this.#messages.length = 0
  }
}

/** The turn that a message becomes. */
export function messageInput({ text, how, beganMs }: WaitingMessage): Extract<TurnInput, { readonly kind: 'message' }> {
  return { kind: 'message', text, how, ...(beganMs === undefined ? {} : { beganMs }) }
}

function isOneBreath(last: WaitingMessage, message: WaitingMessage): boolean {
  return (
    last.how === 'speech' && message.how === 'speech' && last.text.length + message.text.length < maxMessageCharacters
  )
}
