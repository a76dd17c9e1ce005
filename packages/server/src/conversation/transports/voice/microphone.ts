/**
 * Threat: sound that is not what it says it is: half samples, rates that nobody has, two people in one stream.
 * Rule: whole samples of one channel at one of the usual rates, the same for the life of a socket. 16 kHz come out.
 * On failure: undefined, for which the socket closes with its code.
 */
import type { CreateResampler, Resampler } from '../../pipeline/voice/resample.ts'
import { listeningRate } from '../../providers/speech-to-text-port.ts'
import type { AudioFrame } from './client-frame.ts'

const rates: ReadonlySet<number> = new Set([8_000, listeningRate, 24_000, 32_000, 44_100, 48_000])
const bytesPerSample = 2

export class Microphone {
  readonly #createResampler: CreateResampler
  #rate: number | undefined
  #resampler: Resampler | undefined
  #isClosed = false

  constructor(createResampler: CreateResampler) {
    this.#createResampler = createResampler
  }

  /** How much sound a frame holds, in ms; undefined when it is malformed. */
  lengthMs({ pcm, sampleRate, channels }: AudioFrame): number | undefined {
    // A client that names no rate sends what every client sends.
    const rate = sampleRate === 0 ? listeningRate : sampleRate
    if (channels > 1 || pcm.byteLength % bytesPerSample !== 0 || !rates.has(rate)) return undefined
    this.#rate ??= rate
    return rate === this.#rate ? (pcm.byteLength / bytesPerSample / rate) * 1000 : undefined
  }

  /** The samples of a frame that is not malformed, in memory of their own. */
  hear({ pcm }: AudioFrame): Uint8Array {
    if (this.#isClosed) return new Uint8Array()
    if (this.#rate === listeningRate) return new Uint8Array(pcm)
    this.#resampler ??= this.#createResampler({ fromRate: this.#rate ?? listeningRate, toRate: listeningRate })
    return this.#resampler.push(pcm)
  }

  close(): void {
    this.#isClosed = true
    this.#resampler?.close()
    this.#resampler = undefined
  }
}
