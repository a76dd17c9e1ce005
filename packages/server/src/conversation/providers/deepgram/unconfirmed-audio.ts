import { listeningBytesPerSecond } from '../speech-to-text-port.ts'

/** A second to begin with: most of the time the results keep up with the sound. */
const firstBytes = listeningBytesPerSecond
const bytesPerSample = 2

/**
 * The last seconds of audio that no final result covers yet: what a new connection has to hear again. The oldest is dropped
 * beyond `maxSeconds`. Positions count the seconds that were handed to the running connection.
 */
export class UnconfirmedAudio {
  readonly #maxBytes: number
  #ring = Buffer.alloc(0)
  /** Where the oldest kept sample lies in the ring. */
  #head = 0
  #bytes = 0
  /** Its position. */
  #startBytes = 0

  constructor(maxSeconds: number) {
    this.#maxBytes = maxSeconds * listeningBytesPerSecond
  }

  /** Keeps a copy. */
  add(pcm: Uint8Array): void {
    const kept = pcm.subarray(Math.max(0, pcm.byteLength - this.#maxBytes))
    this.#startBytes += pcm.byteLength - kept.byteLength
    this.#drop(this.#bytes + kept.byteLength - this.#maxBytes)
    if (this.#bytes + kept.byteLength > this.#ring.byteLength) this.#grow(this.#bytes + kept.byteLength)
    const at = (this.#head + this.#bytes) % Math.max(1, this.#ring.byteLength)
    const first = kept.subarray(0, this.#ring.byteLength - at)
    this.#ring.set(first, at)
    this.#ring.set(kept.subarray(first.byteLength), 0)
    this.#bytes += kept.byteLength
  }

  /** Everything before this position is final. */
  confirm(endSeconds: number): void {
    const endBytes = Math.floor((endSeconds * listeningBytesPerSecond) / bytesPerSample) * bytesPerSample
    this.#drop(endBytes - this.#startBytes)
  }

  /** What is kept, in one piece of its own; positions begin anew with it, for a new connection. */
  restart(): Uint8Array {
    this.#startBytes = 0
    const first = this.#ring.subarray(this.#head, this.#head + this.#bytes)
    return Buffer.concat([first, this.#ring.subarray(0, this.#bytes - first.byteLength)])
  }

  /** Lets go of all of it. */
  clear(): void {
    this.#ring = Buffer.alloc(0)
    this.#head = 0
    this.#bytes = 0
  }

  #drop(count: number): void {
    const dropped = Math.min(this.#bytes, Math.max(0, count))
    this.#bytes -= dropped
    this.#startBytes += dropped
    this.#head = this.#bytes === 0 ? 0 : (this.#head + dropped) % this.#ring.byteLength
  }

  #grow(needed: number): void {
    const { byteLength } = this.#ring
    const startBytes = this.#startBytes
    const kept = this.restart()
    this.#startBytes = startBytes
    this.#ring = Buffer.alloc(Math.min(this.#maxBytes, Math.max(needed, 2 * byteLength, firstBytes)))
    this.#ring.set(kept)
    this.#head = 0
  }
}
