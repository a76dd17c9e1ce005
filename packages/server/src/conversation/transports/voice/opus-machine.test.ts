import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { opusLoader } from './load-opus.ts'
import { maxPacketBytes, OpusMachine, type OpusProgram, opusDelayMs, opusFrameBytes } from './opus-machine.ts'
import { opusPacketMs } from './opus-packet-ms.ts'

const machine = await opusLoader()()

/** 20 ms frames of 24 kHz. */
function tone(hertz: number, frames: number, level = 0.5): Uint8Array[] {
  return Array.from({ length: frames }, (_, frame) => {
    const samples = Int16Array.from({ length: 480 }, (_sample, at) =>
      Math.round(32_767 * level * Math.sin((2 * Math.PI * hertz * (frame * 480 + at)) / 24_000)),
    )
    return new Uint8Array(samples.buffer)
  })
}

function samplesOf(pieces: readonly (Uint8Array | undefined)[]): Int16Array {
  return new Int16Array(new Uint8Array(Buffer.concat(pieces.map((piece = new Uint8Array()) => piece))).buffer)
}

function loudness(samples: Int16Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + (sample / 32_768) ** 2, 0) / samples.length)
}

const silence = (frames: number) => Array.from({ length: frames }, () => new Uint8Array(opusFrameBytes))

describe('what is encoded', () => {
  test('comes back as loud and as high, as 16 kHz, in a twelfth of the bytes', () => {
    const [encoder, decoder] = [machine.createEncoder(), machine.createDecoder()]
    const packets = tone(440, 50).map((pcm) => encoder.encode(pcm))
    const bytesPerSecond = packets.reduce((sum, packet) => sum + packet.byteLength, 0)
    expect(bytesPerSecond).toBeLessThan(48_000 / 11)
    const heard = samplesOf(packets.map((packet) => decoder.decode(packet)))
    expect(heard.length).toBe(16_000)
    expect(loudness(heard.slice(1000))).toBeCloseTo(0.5 / Math.SQRT2, 2)
    const rises = heard.filter((sample, at) => at > 0 && sample >= 0 && (heard[at - 1] ?? 0) < 0).length
    expect(rises).toBeGreaterThan(437)
    expect(rises).toBeLessThan(443)
  })

  test('comes out so much later as is said of it', () => {
    const sweep = (rate: number) =>
      Int16Array.from({ length: rate / 2 }, (_, at) => 9000 * Math.sin((at / rate) * (2000 + (4000 * at) / rate)))
    const pcm = new Uint8Array(sweep(24_000).buffer)
    const [encoder, decoder] = [machine.createEncoder(), machine.createDecoder()]
    const heard = samplesOf(
      Array.from({ length: 25 }, (_, frame) =>
        decoder.decode(encoder.encode(pcm.subarray(frame * opusFrameBytes, (frame + 1) * opusFrameBytes))),
      ),
    )
    const said = sweep(16_000).slice(0, 7800)
    const likeness = Array.from({ length: 160 }, (_, by) =>
      said.reduce((sum, sample, at) => sum + sample * (heard[at + by] ?? 0), 0),
    )
    expect(likeness.indexOf(Math.max(...likeness)) / 16).toBe(opusDelayMs)
  })

  test('is one packet of 20 ms for each 20 ms, and nothing else is taken', () => {
    const encoder = machine.createEncoder()
    for (const pcm of tone(440, 3)) expect(opusPacketMs(encoder.encode(pcm))).toBe(20)
    for (const bytes of [0, 1, opusFrameBytes - 2, opusFrameBytes + 2])
      expect(() => encoder.encode(new Uint8Array(bytes))).toThrow('not 20 ms')
  })

  test('leaves nothing behind after a reset: the packets are those of a new encoder, byte for byte', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 3000 }), fc.integer({ min: 1, max: 10 }), (hertz, frames) => {
        const used = machine.createEncoder()
        for (const pcm of tone(hertz, frames, 0.9)) used.encode(pcm)
        used.reset()
        const fresh = machine.createEncoder()
        for (const pcm of [...silence(3), ...tone(300, 3)]) expect(used.encode(pcm)).toEqual(fresh.encode(pcm))
      }),
      { numRuns: 30 },
    )
  })

  test('without a reset is still heard in the next packet, which is why there is one', () => {
    const [used, decoder] = [machine.createEncoder(), machine.createDecoder()]
    for (const pcm of tone(440, 5, 0.9)) used.encode(pcm)
    const [next] = silence(1)
    expect(loudness(samplesOf([decoder.decode(used.encode(next ?? new Uint8Array()))]))).toBeGreaterThan(0.01)
  })
})

describe('a packet', () => {
  test.each<[string, Uint8Array]>([
    ['of no bytes', new Uint8Array()],
    ['that is larger than any', new Uint8Array(maxPacketBytes + 1)],
    ['of two frames whose bytes are not even', Uint8Array.of(0xb9, 1, 2, 3, 4).subarray(0, 4)],
    ['whose first frame is longer than all of it', Uint8Array.of(0xba, 200, 1, 2)],
    ['of many frames that says of none', Uint8Array.of(0xbb, 0)],
    ['of more than 120 ms', Uint8Array.of(0xbb, 7)],
    ['whose padding is longer than all of it', Uint8Array.of(0xbb, 0x41, 250)],
    ['with a frame of more than 1275 bytes', new Uint8Array(1400).fill(0xb8, 0, 1)],
  ])('%s is none, and the stream goes on as if it had not come', (_name, malformed) => {
    const encoder = machine.createEncoder()
    const packets = tone(440, 4).map((pcm) => encoder.encode(pcm))
    const [disturbed, quiet] = [machine.createDecoder(), machine.createDecoder()]
    for (const packet of packets) {
      expect(disturbed.decode(malformed)).toBeUndefined()
      expect(disturbed.decode(packet)).toEqual(quiet.decode(packet))
    }
  })

  test('of any bytes is none, or as much sound as its first bytes say', () => {
    const decoder = machine.createDecoder()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1500 }), (packet) => {
        const pcm = decoder.decode(packet)
        const ms = opusPacketMs(packet)
        const isStereo = ((packet[0] ?? 0) & 4) !== 0
        if (pcm !== undefined && !isStereo) expect(pcm.byteLength).toBe(32 * (ms ?? 0))
        if (pcm !== undefined) expect(pcm.byteLength).toBeLessThanOrEqual(32 * 120)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('streams beside each other', () => {
  test('hear each what they hear alone, also among packets that somebody made up', () => {
    const packets = [440, 1000].map((hertz) => {
      const encoder = machine.createEncoder()
      return tone(hertz, 20).map((pcm) => encoder.encode(pcm))
    })
    const alone = packets.map((own) => {
      const decoder = machine.createDecoder()
      return own.map((packet) => decoder.decode(packet))
    })
    const decoders = packets.map(() => machine.createDecoder())
    const hostile = machine.createDecoder()
    for (let at = 0; at < 20; at += 1) {
      hostile.decode(Uint8Array.from({ length: 300 }, (_, index) => (at * 37 + index * 101) % 256))
      for (const [index, decoder] of decoders.entries())
        expect(decoder.decode(packets[index]?.[at] ?? new Uint8Array())).toEqual(alone[index]?.[at])
    }
  })

  test('leave nothing in the memory of the codec between two calls', () => {
    const [used, fresh] = [startProgram(), startProgram()]
    const own = new OpusMachine(() => used)
    const idle = new OpusMachine(() => fresh)
    expect(idle.createDecoder()).toBeDefined()
    const [encoder, decoder] = [own.createEncoder(), own.createDecoder()]
    for (const pcm of tone(440, 5)) decoder.decode(encoder.encode(pcm))
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 1500 }), (packet) => void decoder.decode(packet)),
      { numRuns: 500 },
    )
    expect(Buffer.compare(Buffer.from(used.memory.buffer), Buffer.from(fresh.memory.buffer))).toBe(0)
  })

  test('go on when the codec breaks off for one of them', () => {
    let breaks = false
    const started: OpusProgram[] = []
    const breaking = new OpusMachine(() => {
      const program = startProgram()
      started.push(program)
      return {
        ...program,
        opus_decode: (...given: Parameters<OpusProgram['opus_decode']>) => {
          if (!breaks) return program.opus_decode(...given)
          // Broken in the middle: whatever was in its memory by then.
          new Uint8Array(program.memory.buffer).fill(0xff)
          throw new Error('unreachable')
        },
      }
    })
    const encoder = breaking.createEncoder()
    const packets = tone(440, 6).map((pcm) => encoder.encode(pcm))
    const [victim, witness, hostile] = [breaking.createDecoder(), machine.createDecoder(), breaking.createDecoder()]
    for (const [at, packet] of packets.entries()) {
      breaks = at === 3
      if (breaks) expect(() => hostile.decode(packet)).toThrow('unreachable')
      breaks = false
      expect(victim.decode(packet)).toEqual(witness.decode(packet))
    }
    expect(started.length).toBe(2)
  })
})

/** The program itself, to look into its memory. */
function startProgram(): OpusProgram {
  const bytes = readFileSync(createRequire(import.meta.url).resolve('@evan/opus/wasm/simd.wasm'))
  const none = (): number => 8
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
    wasi_snapshot_preview1: { fd_close: none, fd_seek: none, fd_write: none, proc_exit: none },
    env: { emscripten_notify_memory_growth: none },
  })
  return exports
}

declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (program: object, imports: object) => { readonly exports: OpusProgram }
}
