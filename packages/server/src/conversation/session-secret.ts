import type { Secret } from '../platform/crypto/secret.ts'
import type { LentSecret } from '../platform/outbound/lend-secret.ts'

/** A session's credential: loaded sealed, opened at its first use, zeroed when the session ends. */
export class SessionSecret implements LentSecret {
  readonly #open: () => Secret
  #secret: Secret | undefined
  #destroyed = false

  constructor(open: () => Secret) {
    this.#open = open
  }

  use<Result>(work: (bytes: Uint8Array) => Result): Result {
    if (this.#destroyed) throw new RangeError('the session has ended and its credential is wiped')
    this.#secret ??= this.#open()
    return this.#secret.use(work)
  }

  destroy(): void {
    this.#destroyed = true
    this.#secret?.destroy()
  }
}
