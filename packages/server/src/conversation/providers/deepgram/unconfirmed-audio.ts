import { listeningBytesPerSecond } from '../speech-to-text-port.ts'

/**
 * The last seconds of audio that no final result covers yet: what a new connection has to hear again. The oldest is dropped
 * beyond `maxSeconds`. Positions count the seconds that were handed to the running connection.
 */
export class UnconfirmedAudio {
  readonly #maxBytes: number
  #chunks: Uint8Array[] = []
  #bytes = 0
  /** Where the first kept chunk begins. */
  #startBytes = 0

  constructor(maxSeconds: number) {
    this.#maxBytes = maxSeconds * listeningBytesPerSecond
  }

  add(pcm: Uint8Array): void {
    this.#chunks.push(pcm)
    this.#bytes += pcm.byteLength
    while (this.#bytes > this.#maxBytes) this.#dropFirst()
  }

  /** Everything before this position is final; a chunk that reaches beyond it stays whole. */
  confirm(endSeconds: number): void {
    const endBytes = endSeconds * listeningBytesPerSecond
    for (let first = this.#chunks[0]; first !== undefined; first = this.#chunks[0]) {
      if (this.#startBytes + first.byteLength > endBytes) return
      this.#dropFirst()
    }
  }

  /** What is kept, in order; positions begin anew with it, for a new connection. */
  restart(): readonly Uint8Array[] {
    this.#startBytes = 0
    return [...this.#chunks]
  }

  #dropFirst(): void {
    const first = this.#chunks.shift()
    if (first === undefined) return
    this.#bytes -= first.byteLength
    this.#startBytes += first.byteLength
  }
}
