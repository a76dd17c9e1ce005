import { Resampler } from './resampler.ts'

const outputRate = 16_000
/** 20 ms: what an endpointer and a speech-to-text service work in. */
const frameSamples = 320

export type MicrophoneFrame = {
  /** s16le, 16 kHz, one channel, 20 ms. */
  readonly pcm: ArrayBuffer
  /** Root mean square, 0 to 1. */
  readonly level: number
}

/**
 * Cuts what a microphone gives into frames for the wire. While muted it goes on with frames of zeros, so that the one who
 * listens hears the end of what was being said; nothing of the microphone is in them, from the first sample on.
 */
export class MicrophoneFramer {
  readonly #resampler: Resampler
  #frame = new Int16Array(frameSamples)
  #filled = 0
  #energy = 0
  #muted: boolean

  constructor(options: { inputRate: number; muted: boolean }) {
    this.#resampler = new Resampler(options.inputRate, outputRate)
    this.#muted = options.muted
  }

  setMuted(muted: boolean): void {
    this.#muted = muted
    if (!muted) return
    // What was heard in the 20 ms before the button was pressed stays here.
    this.#frame.fill(0)
    this.#energy = 0
  }

  push(samples: Float32Array): readonly MicrophoneFrame[] {
    const frames: MicrophoneFrame[] = []
    for (const sample of this.#resampler.push(samples)) {
      const value = this.#muted ? 0 : Math.max(-1, Math.min(1, sample))
      this.#frame[this.#filled] = Math.round(value * 32_767)
      this.#energy += value * value
      this.#filled += 1
      if (this.#filled === frameSamples) frames.push(this.#take())
    }
    return frames
  }

  #take(): MicrophoneFrame {
    const frame = { pcm: this.#frame.buffer, level: Math.sqrt(this.#energy / frameSamples) }
    this.#frame = new Int16Array(frameSamples)
    this.#filled = 0
    this.#energy = 0
    return frame
  }
}
