import { microphoneSampleRate } from './client-frames.ts'
import { Resampler } from './worklets/resampler.ts'

/** Of what the loudspeaker takes. */
const playedRate = 24_000
const frameUs = 20_000
/** A server is 200 ms ahead at most. Whoever is this far behind catches up by dropping: two seconds. */
const maxQueuedPackets = 100

/** Speech of the band width that 16 kHz hold is as good at this rate as it gets. */
const encoding = {
  codec: 'opus',
  sampleRate: microphoneSampleRate,
  numberOfChannels: 1,
  bitrate: 24_000,
  opus: { frameDuration: frameUs },
} as const satisfies AudioEncoderConfig
const decoding = { codec: 'opus', sampleRate: playedRate, numberOfChannels: 1 } as const satisfies AudioDecoderConfig

export type OpusEvents = {
  /** One packet of 20 ms from the microphone. */
  readonly onPacket: (packet: Uint8Array) => void
  /** 24 kHz, one channel. */
  readonly onSamples: (samples: Int16Array<ArrayBuffer>) => void
}

/** The browser's own Opus (WebCodecs), for one socket. What fails is begun anew with the next packet. */
export class BrowserOpus {
  readonly #events: OpusEvents
  #encoder: AudioEncoder | undefined
  #encoded = 0
  #decoder: AudioDecoder | undefined
  #decoded = 0
  #resampler: { readonly fromRate: number; readonly push: (samples: Float32Array) => Float32Array } | undefined

  constructor(events: OpusEvents) {
    this.#events = events
  }

  /** Both ways; some browsers have one, or none, or only on pages that are served securely. Never rejects. */
  static async isSupported(): Promise<boolean> {
    try {
      const [up, down] = await Promise.all([
        AudioEncoder.isConfigSupported(encoding),
        AudioDecoder.isConfigSupported(decoding),
      ])
      return up.supported === true && down.supported === true
    } catch {
      return false
    }
  }

  /** s16le, 16 kHz, one channel, 20 ms. */
  encode(pcm: ArrayBuffer): void {
    this.#encoder ??= this.#openEncoder()
    if (this.#encoder.encodeQueueSize > maxQueuedPackets) return
    const data = new AudioData({
      format: 's16',
      sampleRate: microphoneSampleRate,
      numberOfFrames: pcm.byteLength / 2,
      numberOfChannels: 1,
      timestamp: this.#encoded * frameUs,
      data: pcm,
    })
    this.#encoded += 1
    this.#encoder.encode(data)
    data.close()
  }

  decode(packet: Uint8Array<ArrayBuffer>): void {
    this.#decoder ??= this.#openDecoder()
    if (this.#decoder.decodeQueueSize > maxQueuedPackets) return
    this.#decoder.decode(new EncodedAudioChunk({ type: 'key', timestamp: this.#decoded * frameUs, data: packet }))
    this.#decoded += 1
  }

  /** What was handed to `decode` is not heard any more, not even as the echo that a decoder keeps of it. */
  flush(): void {
    close(this.#decoder)
    this.#decoder = undefined
    this.#resampler = undefined
  }

  close(): void {
    this.flush()
    close(this.#encoder)
    this.#encoder = undefined
  }

  #openEncoder(): AudioEncoder {
    const encoder = new AudioEncoder({
      output: (chunk) => {
        if (encoder !== this.#encoder) return
        const packet = new Uint8Array(chunk.byteLength)
        chunk.copyTo(packet)
        this.#events.onPacket(packet)
      },
      error: () => {
        if (encoder === this.#encoder) this.#encoder = undefined
      },
    })
    encoder.configure(encoding)
    return encoder
  }

  #openDecoder(): AudioDecoder {
    const decoder = new AudioDecoder({
      output: (data) => {
        // One that was flushed may have been in the middle of a packet.
        if (decoder === this.#decoder) this.#play(data)
        data.close()
      },
      error: () => {
        if (decoder === this.#decoder) this.flush()
      },
    })
    decoder.configure(decoding)
    return decoder
  }

  /** Browsers decode at the rate that they like best. */
  #play(data: AudioData): void {
    const decoded = new Float32Array(data.numberOfFrames)
    data.copyTo(decoded, { planeIndex: 0, format: 'f32-planar' })
    const samples = data.sampleRate === playedRate ? decoded : this.#resample(decoded, data.sampleRate)
    const whole = Int16Array.from(samples, (sample) => Math.round(Math.max(-1, Math.min(1, sample)) * 32_767))
    this.#events.onSamples(whole)
  }

  #resample(samples: Float32Array, fromRate: number): Float32Array {
    if (this.#resampler?.fromRate !== fromRate) {
      const resampler = new Resampler(fromRate, playedRate)
      this.#resampler = { fromRate, push: (pushed) => resampler.push(pushed) }
    }
    return this.#resampler.push(samples)
  }
}

/** Closing one that has failed throws. */
function close(codec: AudioEncoder | AudioDecoder | undefined): void {
  if (codec !== undefined && codec.state !== 'closed') codec.close()
}
