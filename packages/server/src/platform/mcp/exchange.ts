import { McpFailure } from './mcp-failure.ts'

/** A server that keeps its stream open behind its answer holds a socket of ours; one that closes it keeps the connection usable. */
const lingerMs = 500

/**
 * One request to a tool server: asked -> answered | failed, and over when its stream has ended too. Its signal cuts it.
 */
export class Exchange {
  readonly #controller = new AbortController()
  readonly #ended = Promise.withResolvers<void>()
  #isAnswered = false
  #linger: NodeJS.Timeout | undefined
  /** The answer came as a stream of events, so that it goes on when the request has been sent. */
  streams = false
  /** What went wrong on the way, as the outbound door said it. */
  failure: McpFailure | undefined

  constructor() {
    this.#ended.promise.catch(() => undefined)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  answered(): void {
    this.#isAnswered = true
    if (this.streams) this.#linger = setTimeout(() => this.cut(), lingerMs).unref()
    this.#ended.resolve()
  }

  /** Its stream has ended; without an answer it has failed. */
  streamEnded(): void {
    clearTimeout(this.#linger)
    if (!this.#isAnswered) this.#ended.reject(this.#nothing())
  }

  /** Nobody waits for it any more. */
  cut(): void {
    clearTimeout(this.#linger)
    this.#controller.abort(new McpFailure('network', 'the request was given up'))
    this.#ended.resolve()
  }

  /** Resolves when it was answered or cut; rejects when no answer can come. */
  async settled(): Promise<void> {
    if (this.#isAnswered || this.signal.aborted) return
    if (!this.streams) throw this.#nothing()
    await this.#ended.promise
  }

  #nothing(): McpFailure {
    return this.failure ?? new McpFailure('bad_json', 'the answer ended without a result for our request')
  }
}
