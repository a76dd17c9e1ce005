import { AppError } from '../../kernel/app-error.ts'

/**
 * The clock of one request: aborts `signal` when no answer has begun in time, when the whole takes too long, or when the caller
 * gives up. `clear` must be called when the answer has been read or dropped.
 */
export class RequestDeadlines {
  readonly #controller = new AbortController()
  readonly #parent: AbortSignal | undefined
  readonly #firstByte: NodeJS.Timeout
  readonly #total: NodeJS.Timeout

  constructor(options: { what: string; firstByteMs: number; totalMs: number; parent: AbortSignal | undefined }) {
    this.#firstByte = this.#abortAfter(options.firstByteMs, `${options.what} did not begin to answer`)
    this.#total = this.#abortAfter(options.totalMs, `${options.what} did not finish`)
    this.#parent = options.parent
    if (this.#parent?.aborted === true) this.#follow()
    else this.#parent?.addEventListener('abort', this.#follow, { once: true })
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  answerBegan(): void {
    clearTimeout(this.#firstByte)
  }

  clear(): void {
    clearTimeout(this.#firstByte)
    clearTimeout(this.#total)
    this.#parent?.removeEventListener('abort', this.#follow)
  }

  readonly #follow = (): void => this.#controller.abort(this.#parent?.reason)

  #abortAfter(timeoutMs: number, what: string): NodeJS.Timeout {
    return setTimeout(() => {
      this.#controller.abort(new AppError('outbound.timeout', `${what} within ${timeoutMs} ms`))
    }, timeoutMs)
  }
}
