/**
 * Threat: a packet that was made for it breaks the codec, a program in C: it reads or changes the sound of other sessions, or
 * ends the process.
 * Rule: the codec runs in WebAssembly, with nothing of Node behind it (load-opus.ts). What a stream is in lies outside, in
 * memory of its own session; it is put in for one call, and what the call leaves behind is wiped before the next. All that
 * goes in and comes out has a bounded length. A program that breaks off is thrown away with its whole memory.
 * On failure: a packet that cannot be read is undefined and changes nothing; a program that breaks off throws, for the one
 * stream that it was called for. The others go on with the next program.
 */
import { listeningRate } from '../../providers/speech-to-text-port.ts'
import { speechRate } from '../../providers/text-to-speech-port.ts'

export type OpusDecoder = {
  /** 16 kHz s16le of one channel, in memory of its own. Undefined: it is no packet of Opus. */
  readonly decode: (packet: Uint8Array) => Uint8Array | undefined
}

export type OpusEncoder = {
  /** One packet of 20 ms, of 24 kHz s16le of one channel. */
  readonly encode: (pcm: Uint8Array) => Uint8Array
  /** As new: nothing of what was encoded is in any packet that comes. */
  readonly reset: () => void
}

/** What libopus exports, as the package compiles it; numbers are places in its memory, or lengths. */
export type OpusProgram = {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly stackSave: () => number
  readonly malloc: (bytes: number) => number
  readonly opus_decoder_get_size: (channels: number) => number
  readonly opus_decoder_init: (state: number, rate: number, channels: number) => number
  readonly opus_decode: (
    state: number,
    packet: number,
    packetBytes: number,
    pcm: number,
    maxSamples: number,
    isLost: number,
  ) => number
  readonly opus_encoder_get_size: (channels: number) => number
  readonly opus_encoder_init: (state: number, rate: number, channels: number, application: number) => number
  readonly opus_encoder_ctl_set: (state: number, what: number, value: number) => number
  readonly opus_encode: (state: number, pcm: number, samples: number, packet: number, maxBytes: number) => number
}

/** What an encoder looks ahead (the low-delay mode of libopus): so much of a packet comes out with the next one. */
export const opusDelayMs = 2.5
export const opusFrameBytes = (2 * speechRate * 20) / 1000
/** 120 ms, the most that a packet may hold (RFC 6716, 3.2.5), are six frames of the longest kind that 1275 bytes fill. */
export const maxPacketBytes = 6 * 1275 + 30

export class OpusMachine {
  readonly #start: () => OpusProgram
  #running: Running | undefined

  constructor(start: () => OpusProgram) {
    this.#start = start
    this.#running = new Running(start())
  }

  createDecoder(): OpusDecoder {
    const state = this.#program().newDecoder.slice()
    return {
      decode: (packet) => {
        // An empty one asks libopus to make up what was lost, and nothing is lost here.
        if (packet.byteLength === 0 || packet.byteLength > maxPacketBytes) return undefined
        return this.#call((running) => running.decode(state, packet))
      },
    }
  }

  createEncoder(): OpusEncoder {
    const fresh = this.#program().newEncoder
    const state = fresh.slice()
    return {
      encode: (pcm) => {
        if (pcm.byteLength !== opusFrameBytes) throw new RangeError(`${pcm.byteLength} bytes are not 20 ms`)
        return this.#call((running) => running.encode(state, pcm))
      },
      reset: () => state.set(fresh),
    }
  }

  #program(): Running {
    this.#running ??= new Running(this.#start())
    return this.#running
  }

  #call<Result>(act: (running: Running) => Result): Result {
    const running = this.#program()
    try {
      return act(running)
    } catch (error) {
      this.#running = undefined
      throw error
    }
  }
}

/** One program with its memory. After something was thrown it is of no use. */
class Running {
  readonly newDecoder: Uint8Array
  readonly newEncoder: Uint8Array
  readonly #program: OpusProgram
  readonly #stateAt: number
  readonly #inputAt: number
  readonly #outputAt: number
  readonly #endAt: number

  constructor(program: OpusProgram) {
    this.#program = program
    const decoderBytes = program.opus_decoder_get_size(1)
    const encoderBytes = program.opus_encoder_get_size(1)
    const stateBytes = 16 * Math.ceil(Math.max(decoderBytes, encoderBytes) / 16)
    const bytes = stateBytes + inputBytes + outputBytes
    this.#stateAt = program.malloc(bytes)
    if (this.#stateAt === 0) throw new Error('no memory for the states of Opus')
    this.#inputAt = this.#stateAt + stateBytes
    this.#outputAt = this.#inputAt + inputBytes
    this.#endAt = this.#stateAt + bytes
    this.#wipe()
    expectSuccess(program.opus_decoder_init(this.#stateAt, listeningRate, 1))
    this.newDecoder = this.#memory.slice(this.#stateAt, this.#stateAt + decoderBytes)
    this.#wipe()
    expectSuccess(program.opus_encoder_init(this.#stateAt, speechRate, 1, restrictedLowDelay))
    expectSuccess(program.opus_encoder_ctl_set(this.#stateAt, setBitrate, bitrate))
    expectSuccess(program.opus_encoder_ctl_set(this.#stateAt, setComplexity, complexity))
    this.newEncoder = this.#memory.slice(this.#stateAt, this.#stateAt + encoderBytes)
    this.#wipe()
  }

  decode(state: Uint8Array, packet: Uint8Array): Uint8Array | undefined {
    this.#putIn(state, packet)
    const { opus_decode: decode } = this.#program
    const samples = decode(this.#stateAt, this.#inputAt, packet.byteLength, this.#outputAt, maxSamples, 0)
    return samples < 0 ? this.#wipe() : this.#takeOut(state, 2 * samples)
  }

  encode(state: Uint8Array, pcm: Uint8Array): Uint8Array {
    this.#putIn(state, pcm)
    const { opus_encode: encode } = this.#program
    const bytes = encode(this.#stateAt, this.#inputAt, pcm.byteLength / 2, this.#outputAt, maxFrameBytes)
    expectSuccess(bytes)
    return this.#takeOut(state, bytes)
  }

  /** As it is now: it is another one when the program has asked for more. */
  get #memory(): Uint8Array {
    return new Uint8Array(this.#program.memory.buffer)
  }

  #putIn(state: Uint8Array, input: Uint8Array): void {
    this.#memory.set(state, this.#stateAt)
    this.#memory.set(input, this.#inputAt)
  }

  #takeOut(state: Uint8Array, bytes: number): Uint8Array {
    if (bytes > outputBytes) throw new RangeError(`the codec claims ${bytes} bytes`)
    const output = this.#memory.slice(this.#outputAt, this.#outputAt + bytes)
    state.set(this.#memory.subarray(this.#stateAt, this.#stateAt + state.byteLength))
    this.#wipe()
    return output
  }

  #wipe(): undefined {
    this.#memory.fill(0, this.#stateAt, this.#endAt)
    const stackTop = this.#program.stackSave()
    this.#memory.fill(0, stackTop - stackBytes, stackTop)
  }
}

function expectSuccess(answer: number): void {
  if (answer < 0) throw new Error(`the codec answered ${answer}`)
}

/** Of opus_defines.h. */
const restrictedLowDelay = 2051
const setBitrate = 4002
const setComplexity = 4010
/**
 * A twelfth of the bytes without it, and what speech of 12 kHz band width needs. In this mode a packet costs a quarter of what
 * the modes for narrow lines cost, and looks ahead 2.5 ms instead of 6.5.
 */
const bitrate = 32_000
/** Of 0 to 10. From 5 on it searches for pitch, which costs twice as much and helps music. */
const complexity = 3

const maxFrameBytes = 1275
const maxSamples = (listeningRate * 120) / 1000
const inputBytes = 16 * Math.ceil(Math.max(maxPacketBytes, opusFrameBytes) / 16)
const outputBytes = Math.max(2 * maxSamples, maxFrameBytes)
/** More than the deepest call reaches. */
const stackBytes = 128 * 1024
