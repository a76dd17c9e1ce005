import { FlowBudget } from './flow-budget.ts'
import type { VoiceSocketLimits } from './voice-socket-limits.ts'

/** How much of each kind a client may still send now. A false answer says that it floods. */
export class InboundBudgets {
  readonly #bytes: FlowBudget
  readonly #frames: FlowBudget
  readonly #messages: FlowBudget
  readonly #audioMs: FlowBudget

  constructor({ bytes, frames, messages, audioMs }: VoiceSocketLimits) {
    const nowMs = performance.now()
    this.#bytes = new FlowBudget(bytes, nowMs)
    this.#frames = new FlowBudget(frames, nowMs)
    this.#messages = new FlowBudget(messages, nowMs)
    this.#audioMs = new FlowBudget(audioMs, nowMs)
  }

  takesBytes(count: number): boolean {
    return this.#bytes.spend(count, performance.now())
  }

  takesFrame(): boolean {
    return this.#frames.spend(1, performance.now())
  }

  takesMessage(): boolean {
    return this.#messages.spend(1, performance.now())
  }

  takesAudio(lengthMs: number): boolean {
    return this.#audioMs.spend(lengthMs, performance.now())
  }
}
