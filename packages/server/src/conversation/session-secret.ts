/**
 * A session's credential: sealed -> opened at its first use -> wiped, when the session ends or when somebody revokes it.
 *
 * Threat: a provider key outlives its session or its revocation in memory, or one that no call needs is opened.
 * Rule: it is unwrapped by the first call that needs it, lies in one `Secret`, and is wiped for good; one that is unwrapped while
 * the session ends is wiped before anybody has it.
 * On failure: credential.missing where it was revoked, a RangeError behind the session's end; nothing is sent.
 */
import { AppError } from '../kernel/app-error.ts'
import type { Secret } from '../platform/crypto/secret.ts'
import type { LentSecret } from '../platform/outbound/lend-secret.ts'

export class SessionSecret implements LentSecret {
  readonly #open: () => Promise<Secret>
  readonly #onUse: () => void
  #opening: Promise<Secret> | undefined
  #secret: Secret | undefined
  #wiped: 'ended' | 'revoked' | undefined

  /** `onUse` is told each time that it is about to be lent for a request. */
  constructor(open: () => Promise<Secret>, onUse: () => void = () => undefined) {
    this.#open = open
    this.#onUse = onUse
  }

  /** Opens it once; a failed opening is tried again by the next call. */
  async unseal(): Promise<void> {
    this.#requireKept()
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined
      throw error
    })
    const secret = await this.#opening
    // It may have been wiped while the key service was asked: then nobody is left to wipe this one.
    if (this.#wiped !== undefined) return secret.destroy()
    this.#secret = secret
    this.#onUse()
  }

  use<Result>(work: (bytes: Uint8Array) => Result): Result {
    this.#requireKept()
    if (this.#secret === undefined) throw new RangeError('the credential has not been opened')
    return this.#secret.use(work)
  }

  destroy(): void {
    this.#wipe('ended')
  }

  /** The session goes on without it. */
  revoke(): void {
    this.#wipe('revoked')
  }

  #wipe(why: 'ended' | 'revoked'): void {
    this.#wiped ??= why
    this.#secret?.destroy()
  }

  #requireKept(): void {
    if (this.#wiped === 'ended') throw new RangeError('the session has ended and its credential is wiped')
    if (this.#wiped === 'revoked')
      throw new AppError('credential.missing', 'the credential was revoked or deleted while the session was running')
  }
}
