/**
 * Work that sends mail after the answer has gone, so that neither its time nor its failure tells anything to who asked.
 * At most 100 wait and two run, each for 30 s; what comes when it is full is dropped and told to `onFailed`.
 *
 * added -> waiting -> running -> done
 *   | full     | closed    | failed, late
 *   v          v           v
 *   onFailed   still run   onFailed
 */
import { within } from '../../kernel/within.ts'

type Options = {
  readonly onFailed: (error: unknown) => void
  readonly limits?: { readonly waiting: number; readonly running: number; readonly deadlineMs: number }
}

const defaultLimits = { waiting: 100, running: 2, deadlineMs: 30_000 }

export class MailQueue {
  readonly #onFailed: Options['onFailed']
  readonly #limits: NonNullable<Options['limits']>
  readonly #waiting: (() => Promise<void>)[] = []
  readonly #running = new Set<Promise<void>>()

  constructor({ onFailed, limits = defaultLimits }: Options) {
    this.#onFailed = onFailed
    this.#limits = limits
  }

  /** Returns at once; `work` begins later than the caller's own next line. */
  add(work: () => Promise<void>): void {
    if (this.#waiting.length >= this.#limits.waiting) {
      this.#onFailed(new Error('too many mails are waiting; this one was dropped'))
      return
    }
    this.#waiting.push(work)
    setImmediate(() => this.#startNext())
  }

  /** Resolves when everything that was added has been sent or has failed. */
  async close(): Promise<void> {
    while (this.#waiting.length > 0 || this.#running.size > 0) {
      this.#startNext()
      await Promise.race(this.#running)
    }
  }

  #startNext(): void {
    if (this.#running.size >= this.#limits.running) return
    const work = this.#waiting.shift()
    if (work === undefined) return
    const running = this.#run(work).finally(() => {
      this.#running.delete(running)
      this.#startNext()
    })
    this.#running.add(running)
  }

  async #run(work: () => Promise<void>): Promise<void> {
    const { deadlineMs } = this.#limits
    try {
      await within(deadlineMs, work(), () => new Error(`a mail took longer than ${deadlineMs} ms`))
    } catch (error) {
      this.#onFailed(error)
    }
  }
}
