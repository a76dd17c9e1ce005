import { AppError } from '../../kernel/app-error.ts'

/**
 * The other side answered the upgrade with an ordinary HTTP answer: a refused key, an empty account, a redirect. Its words may
 * repeat the key, so they are in no message and no log unless the caller reads and redacts them.
 */
export class OutboundSocketRefused extends AppError {
  readonly httpStatus: number
  readonly #untrustedWords: string

  constructor(what: string, answer: { status: number; untrustedWords: string; retryAfterSeconds: number | undefined }) {
    const { status, untrustedWords, retryAfterSeconds } = answer
    super('outbound.failed', `${what} answered the upgrade with status ${status}`, {
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    })
    this.httpStatus = status
    this.#untrustedWords = untrustedWords
  }

  /** The beginning of the answer's body, as it came. */
  readUntrustedWords(): string {
    return this.#untrustedWords
  }
}
