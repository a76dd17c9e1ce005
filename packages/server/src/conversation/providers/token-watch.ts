import { ProviderError } from './provider-error.ts'

export type ModelDeadlines = {
  readonly firstTokenMs: number
  readonly betweenTokensMs: number
  readonly totalMs: number
}

/**
 * The clock of one model call. Time counts against first and next token only while we wait for the provider, not while the caller
 * works on what came; the total is wall time. `signal` ends the call for one of these reasons or for the caller's.
 */
export class TokenWatch {
  readonly #controller = new AbortController()
  readonly #deadlines: ModelDeadlines
  readonly #parent: AbortSignal
  readonly #total: NodeJS.Timeout
  readonly #ended: Promise<never>
  #remainingMs: number
  #waitingFor = 'first token'

  constructor(deadlines: ModelDeadlines, parent: AbortSignal) {
    this.#deadlines = deadlines
    this.#parent = parent
    this.#remainingMs = deadlines.firstTokenMs
    this.#ended = new Promise((_settle, reject) => {
      this.#controller.signal.addEventListener('abort', () => reject(asError(this.#controller.signal.reason)), {
        once: true,
      })
    })
    this.#ended.catch(() => undefined)
    this.#total = setTimeout(() => this.#expire('whole answer', deadlines.totalMs), deadlines.totalMs)
    if (parent.aborted) this.#follow()
    else parent.addEventListener('abort', this.#follow, { once: true })
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Waits for the provider, for as long as is left until the next token is due. */
  async wait<Result>(work: Promise<Result>): Promise<Result> {
    const startedMs = performance.now()
    const timer = setTimeout(() => this.#expire(this.#waitingFor, this.#deadlines.betweenTokensMs), this.#remainingMs)
    try {
      return await Promise.race([work, this.#ended])
    } finally {
      clearTimeout(timer)
      this.#remainingMs = Math.max(1, this.#remainingMs - (performance.now() - startedMs))
    }
  }

  /** The model said something: the next token has its full time again. */
  tokenCame(): void {
    this.#remainingMs = this.#deadlines.betweenTokensMs
    this.#waitingFor = 'next token'
  }

  /** Ends the call; what is still under way is cut. */
  stop(): void {
    clearTimeout(this.#total)
    this.#parent.removeEventListener('abort', this.#follow)
    this.#controller.abort(new Error('the model call is over'))
  }

  readonly #follow = (): void => this.#controller.abort(this.#parent.reason)

  #expire(what: string, nextTokenMs: number): void {
    const timeoutMs = what === 'first token' ? this.#deadlines.firstTokenMs : nextTokenMs
    this.#controller.abort(new ProviderError('timeout', `no ${what} within ${timeoutMs} ms`))
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason))
}
