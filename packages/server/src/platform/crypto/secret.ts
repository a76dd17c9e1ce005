/**
 * Threat: a key reaches a log, an error, a JSON body or a heap that outlives its use.
 * Rule: a Secret prints, serialises and inspects as `[secret]`; its bytes are lent inside `use` only, and its owner zeroes
 * them with `destroy`.
 * On failure: using a destroyed secret throws, and so does work that hands out the bytes that it was lent; a clone holds
 * nothing, because private fields are not cloned.
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

  /**
   * Lends the bytes for the duration of `work`. What `work` returns must not contain them; the bytes themselves, or a view of
   * them, are refused with a TypeError. Work that goes on after it has returned (a promise) has to be done with the bytes before
   * its first `await`: the owner may zero them meanwhile, and then it would sign or encrypt with zeros.
   */
  use<T>(work: (bytes: Buffer) => T): T {
    if (this.#destroyed) throw new RangeError('this secret has been destroyed')
    const result = work(this.#bytes)
    if (isPartOf(result, this.#bytes.buffer))
      throw new TypeError('a secret lends its bytes and does not give them away')
    return result
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

  [Symbol.toPrimitive](): string {
    return placeholder
  }

  [inspect.custom](): string {
    return placeholder
  }
}

function isPartOf(value: unknown, memory: ArrayBufferLike): boolean {
  return value === memory || (ArrayBuffer.isView(value) && value.buffer === memory)
}
