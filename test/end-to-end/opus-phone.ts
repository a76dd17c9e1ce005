import { createRequire } from 'node:module'

type Codec = { readonly channels: 1; readonly sample_rate: number; readonly application?: 'voip' }
type Package = {
  readonly Encoder: new (options: Codec) => { readonly encode: (pcm: Uint8Array) => Uint8Array; bitrate: number }
  readonly Decoder: new (options: Codec) => { readonly decode: (packet: Uint8Array) => Uint8Array }
}

/**
 * The other end's Opus: the package's own binding of libopus, in a memory of its own, and the modes for speech that the
 * server does not use itself. 16 kHz go up, 24 kHz come down.
 */
export class OpusPhone {
  readonly #encoder
  readonly #decoder

  constructor() {
    const server = new URL('../../packages/server/package.json', import.meta.url)
    const { Encoder, Decoder }: Package = createRequire(server)('@evan/opus/wasm/index.js')
    this.#encoder = new Encoder({ channels: 1, sample_rate: 16_000, application: 'voip' })
    this.#encoder.bitrate = 24_000
    this.#decoder = new Decoder({ channels: 1, sample_rate: 24_000 })
  }

  encode(pcm: Uint8Array): Uint8Array {
    return this.#encoder.encode(pcm)
  }

  decode(packet: Uint8Array): Buffer {
    return Buffer.from(this.#decoder.decode(packet))
  }
}
