/**
 * Threat: sound that is not what it says it is: half samples, rates that nobody has, two people in one stream, a packet of a
 * few bytes that unpacks to minutes.
 * Rule: whole samples of one channel at one of the usual rates, the same for the life of a socket. Where Opus was agreed on it
 * is all that is taken, and nowhere else: one packet a frame, of one channel, whose length is told before it is decoded.
 * 16 kHz come out.
 * On failure: undefined, for which the socket closes with its code.
 */
import type { CreateResampler, Resampler } from '../../pipeline/voice/resample.ts'
import { listeningRate } from '../../providers/speech-to-text-port.ts'
import type { AudioFrame } from './client-frame.ts'
import type { OpusDecoder } from './opus-machine.ts'
import { opusPacketMs } from './opus-packet-ms.ts'

const rates: ReadonlySet<number> = new Set([8_000, listeningRate, 24_000, 32_000, 44_100, 48_000])
const bytesPerSample = 2

export class Microphone {
  readonly #createResampler: CreateResampler
  #rate: number | undefined
  #resampler: Resampler | undefined
  #decoder: OpusDecoder | undefined
  #isClosed = false

  constructor(createResampler: CreateResampler) {
    this.#createResampler = createResampler
  }

  /** From now on every frame is a packet of Opus. */
  decodeWith(decoder: OpusDecoder): void {
    this.#decoder = decoder
  }

  /** How much sound a frame holds, in ms; undefined when it is malformed. */
  lengthMs({ sound, isOpus, sampleRate, channels }: AudioFrame): number | undefined {
    // A client that names no rate sends what every client sends.
    const rate = sampleRate === 0 ? listeningRate : sampleRate
    const isExpected = isOpus === (this.#decoder !== undefined)
    if (channels > 1 || !rates.has(rate) || !isExpected) return undefined
    if (isOpus) return opusPacketMs(sound)
    if (sound.byteLength % bytesPerSample !== 0) return undefined
    this.#rate ??= rate
    return rate === this.#rate ? (sound.byteLength / bytesPerSample / rate) * 1000 : undefined
  }

  /** The samples of a frame of such a length, in memory of their own; undefined when its packet is malformed inside. */
  hear({ sound }: AudioFrame): Uint8Array | undefined {
    if (this.#isClosed) return new Uint8Array()
    if (this.#decoder !== undefined) return this.#decoder.decode(sound)
    // Out of Node's pool: an allocation of its own for each 20 ms of each microphone costs more than the copy.
    if (this.#rate === listeningRate) return Buffer.from(sound)
    this.#resampler ??= this.#createResampler({ fromRate: this.#rate ?? listeningRate, toRate: listeningRate })
    return this.#resampler.push(sound)
  }

  close(): void {
    this.#isClosed = true
    this.#resampler?.close()
    this.#resampler = undefined
  }
}
