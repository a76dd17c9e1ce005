/**
 * Threat: a key reaches a log, an error, a JSON body or a heap that outlives its use.
 * Rule: a Secret prints, serialises and inspects as `[secret]`; its bytes are lent inside `use` only, and its owner zeroes
 * them with `destroy`.
 * On failure: using a destroyed secret throws; a clone holds nothing, because private fields are not cloned.
 */
import { inspect } from 'node:util'

const placeholder = '[secret]'

export class Secret {
  readonly #bytes: Buffer
  #destroyed = false

  /** Takes over a copy of `bytes`; the caller wipes its own. */
  constructor(bytes: Uint8Array) {
    // Not `Buffer.from`: that shares memory with other small buffers, and cloning one of them would copy the key along.
    this.#bytes = Buffer.alloc(bytes.length)
    this.#bytes.set(bytes)
  }

  /** Lends the bytes for the duration of `work`. What `work` returns must not contain them. */
  use<T>(work: (bytes: Buffer) => T): T {
    if (this.#destroyed) throw new RangeError('this secret has been destroyed')
    return work(this.#bytes)
  }

  destroy(): void {
    this.#destroyed = true
    this.#bytes.fill(0)
  }

  get isDestroyed(): boolean {
    return this.#destroyed
  }

  toString(): string {
    return placeholder
  }

  toJSON(): string {
    return placeholder
  }

  [inspect.custom](): string {
    return placeholder
  }
}
