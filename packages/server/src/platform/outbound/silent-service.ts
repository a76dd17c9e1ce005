/**
 * Threat: a service that has stopped to answer holds everything that asks it, and the database connections of their transactions,
 * for the whole deadline, one after the other.
 * Rule: answers -> silent for a second after a deadline was missed -> one request tries, others wait for nobody -> answers | silent.
 * On failure: outbound.timeout at once; nothing is sent.
 */
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'

/** Long enough to spare whoever asks, short enough that nobody notices when it is back. */
const silenceMs = 1000

export class SilentService {
  readonly #clock: Clock
  #silentUntilMs: number | undefined
  #isTrying = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Does `work`, which rejects with outbound.timeout where no answer came, or refuses at once. */
  async ask<Result>(work: () => Promise<Result>): Promise<Result> {
    const tries = this.#silentUntilMs !== undefined
    if (this.#isTrying || (this.#silentUntilMs ?? 0) > this.#clock.nowMs())
      throw new AppError('outbound.timeout', 'it has not answered a moment ago, and is not asked now')
    this.#isTrying = tries
    try {
      const result = await work()
      this.#silentUntilMs = undefined
      return result
    } catch (error) {
      const isSilence = error instanceof AppError && error.code === 'outbound.timeout'
      this.#silentUntilMs = isSilence ? this.#clock.nowMs() + silenceMs : undefined
      throw error
    } finally {
      if (tries) this.#isTrying = false
    }
  }
}
