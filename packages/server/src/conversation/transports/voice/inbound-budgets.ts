import { TokenBucket } from '../../../kernel/token-bucket.ts'
import type { VoiceSocketLimits } from './voice-socket-limits.ts'

/** How much of each kind a client may still send now. A false answer says that it floods. */
export class InboundBudgets {
  readonly #bytes: TokenBucket
  readonly #frames: TokenBucket
  readonly #messages: TokenBucket
  readonly #audioMs: TokenBucket

  constructor({ bytes, frames, messages, audioMs }: VoiceSocketLimits) {
    const nowMs = performance.now()
    this.#bytes = new TokenBucket(bytes, nowMs)
    this.#frames = new TokenBucket(frames, nowMs)
    this.#messages = new TokenBucket(messages, nowMs)
    this.#audioMs = new TokenBucket(audioMs, nowMs)
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
