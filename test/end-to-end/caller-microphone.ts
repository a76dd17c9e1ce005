import type { VoiceCaller } from './voice-caller.ts'

const bytesPer20Ms = 640

/** Sends 20 ms of sound every 20 ms, silence where nobody speaks. */
export class Microphone {
  readonly #caller: VoiceCaller
  #queue = Buffer.alloc(0)
  #timer: NodeJS.Timeout | undefined
  #sentFrames = 0
  #startedMs = 0

  constructor(caller: VoiceCaller) {
    this.#caller = caller
  }

  start(): void {
    this.#startedMs = performance.now()
    this.#timer = setInterval(() => {
      const due = Math.floor((performance.now() - this.#startedMs) / 20)
      for (; this.#sentFrames < due; this.#sentFrames += 1) this.#sendFrame()
    }, 20)
  }

  say(pcm: Uint8Array): void {
    this.#queue = Buffer.concat([this.#queue, pcm])
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #sendFrame(): void {
    const frame = Buffer.alloc(bytesPer20Ms)
    this.#queue.copy(frame, 0, 0, bytesPer20Ms)
    this.#queue = this.#queue.subarray(bytesPer20Ms)
    this.#caller.speak(frame)
  }
}
