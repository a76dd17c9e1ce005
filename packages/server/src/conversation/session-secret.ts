import type { Secret } from '../platform/crypto/secret.ts'
import type { LentSecret } from '../platform/outbound/lend-secret.ts'

/** A session's credential: loaded sealed, opened at its first use, zeroed when the session ends. */
export class SessionSecret implements LentSecret {
  readonly #open: () => Promise<Secret>
  #opening: Promise<Secret> | undefined
  #secret: Secret | undefined
  #destroyed = false

  constructor(open: () => Promise<Secret>) {
    this.#open = open
  }

  /** Opens it once; a failed opening is tried again by the next call. */
  async unseal(): Promise<void> {
    if (this.#destroyed) throw ended()
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined
      throw error
    })
    const secret = await this.#opening
    // The session may have ended while the key service was asked: then nobody is left to wipe it.
    if (this.#destroyed) secret.destroy()
    else this.#secret = secret
  }

  use<Result>(work: (bytes: Uint8Array) => Result): Result {
    if (this.#destroyed) throw ended()
    if (this.#secret === undefined) throw new RangeError('the credential has not been opened')
    return this.#secret.use(work)
  }

  destroy(): void {
    this.#destroyed = true
    this.#secret?.destroy()
  }
}

function ended(): RangeError {
  return new RangeError('the session has ended and its credential is wiped')
}
