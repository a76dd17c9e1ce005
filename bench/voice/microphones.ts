import { silentFrame } from './bench-speech.ts'

type Microphone = { readonly send: (frame: Uint8Array) => void; queue: readonly Uint8Array[] }

const frameMs = 20

/** All microphones of the bench: each sends 20 ms of sound every 20 ms, silence where nobody speaks, and not all at one moment. */
export class Microphones {
  readonly #phases: Set<Microphone>[] = Array.from({ length: frameMs }, () => new Set())
  readonly #startedMs = performance.now()
  readonly #timer = setInterval(() => this.#tick(), 1)
  #sentMs = 0
  #plugged = 0
  #late = 0

  /** Milliseconds by which this process itself was late at worst since this was last asked; beyond 20 the figures are not the server's. */
  takeLateMs(): number {
    const late = this.#late
    this.#late = 0
    return late
  }

  plugIn(send: (frame: Uint8Array) => void): { say: (frames: readonly Uint8Array[]) => void; unplug: () => void } {
    // Seven and twenty have no common divisor, so that neighbours are apart and all moments are used.
    const phase = this.#phases[(this.#plugged * 7) % frameMs]
    this.#plugged += 1
    const microphone: Microphone = { send, queue: [] }
    phase?.add(microphone)
    return {
      say: (frames) => {
        microphone.queue = frames
      },
      unplug: () => phase?.delete(microphone),
    }
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #tick(): void {
    const dueMs = Math.floor(performance.now() - this.#startedMs)
    this.#late = Math.max(this.#late, dueMs - this.#sentMs)
    for (; this.#sentMs < dueMs; this.#sentMs += 1) {
      for (const microphone of this.#phases[this.#sentMs % frameMs] ?? []) {
        const [frame = silentFrame, ...rest] = microphone.queue
        microphone.queue = rest
        microphone.send(frame)
      }
    }
  }
}
