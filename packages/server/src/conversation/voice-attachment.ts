import type { VoiceMessage } from '@hyponema/contract'
import type { Listening } from './pipeline/voice/listening.ts'
import type { VoiceClient } from './pipeline/voice/voice-client.ts'
import { speechBytesPerSecond } from './providers/text-to-speech-port.ts'

const bytesPerMs = speechBytesPerSecond / 1000

/** One socket while it is attached to its session: what was sent on it, and the ears that listen to it. */
export class VoiceAttachment {
  readonly client: VoiceClient
  ears: Listening | undefined
  /** What the ears were opened for. */
  earsLanguage: string | undefined
  #epoch = 0
  #sentMs = 0

  constructor(client: VoiceClient) {
    this.client = client
  }

  /** Interruptions that the client was told of. Its playback reports say to which they belong. */
  get epoch(): number {
    return this.#epoch
  }

  /** Audio sent since the last interruption, in ms: what the client's reports count in. */
  get sentMs(): number {
    return this.#sentMs
  }

  send(message: VoiceMessage): void {
    this.client.send(message)
  }

  /** False when the client is too far behind to take it. */
  sendAudio(pcm: Uint8Array): boolean {
    if (!this.client.sendAudio(pcm)) return false
    this.#sentMs += pcm.byteLength / bytesPerMs
    return true
  }

  interrupt(): void {
    this.client.interrupt()
    this.#epoch += 1
    this.#sentMs = 0
  }

  /** Returns the words that were understood and not taken yet. */
  closeEars(): string {
    const words = this.ears?.takeRest() ?? ''
    this.ears?.close()
    this.ears = undefined
    return words
  }
}
