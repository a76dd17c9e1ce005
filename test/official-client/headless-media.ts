import { WavMediaManager } from '@pipecat-ai/websocket-transport'
import type { Recorder } from './client-recording.ts'

/** Samples of two bytes, 16,000 a second. */
const bytesPerMs = 32
/** The lengths in which official clients were seen to send, and one of a single sample. */
const frameBytes = [640, 768, 2, 1024]

/**
 * A media manager for a machine without sound: a microphone that is fed by the test, and ears that keep what they get.
 * It takes the place of everything that the stock one does with devices; the package does not export the base of both.
 */
export class HeadlessMedia extends WavMediaManager {
  readonly #hear: Recorder['hear']
  #send: (pcm: ArrayBuffer) => void = () => undefined
  #speech = Buffer.alloc(0)
  #timer: NodeJS.Timeout | undefined
  #startedMs = 0
  #sentBytes = 0
  #frames = 0

  constructor(hear: Recorder['hear']) {
    super(undefined, 16_000)
    this.#hear = hear
  }

  /** Speaks 16 kHz samples behind what is still to be said; without any the microphone is open and silent. */
  say(pcm: Uint8Array): void {
    this.#speech = Buffer.concat([this.#speech, pcm])
  }

  override setUserAudioCallback(send: (pcm: ArrayBuffer) => void): void {
    this.#send = send
  }

  override async initialize(): Promise<void> {}

  override async connect(): Promise<void> {
    if (!this.isMicEnabled || this.#timer !== undefined) return
    this.#startedMs = performance.now()
    this.#timer = setInterval(() => this.#sendDue(), 20)
  }

  override async disconnect(): Promise<void> {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  override bufferBotAudio(data: ArrayBuffer | Int16Array): Int16Array {
    const samples = data instanceof Int16Array ? data : new Int16Array(data)
    const base64 = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength).toString('base64')
    this.#hear(base64, performance.now())
    return samples
  }

  override async userStartedSpeaking(): Promise<void> {}

  #sendDue(): void {
    const dueBytes = (performance.now() - this.#startedMs) * bytesPerMs
    for (;;) {
      const length = frameBytes[this.#frames % frameBytes.length] ?? 640
      if (this.#sentBytes + length > dueBytes) return
      const frame = new Uint8Array(length)
      frame.set(this.#speech.subarray(0, length))
      this.#speech = this.#speech.subarray(length)
      this.#sentBytes += length
      this.#frames += 1
      this.#send(frame.buffer)
    }
  }
}
