/** How long before its end a session says so. */
const warnBeforeMs = 30_000

/** Tells when a session has little time left, and when its time is over. A short one is warned at half of it. */
export class DurationWatch {
  readonly #timers: readonly NodeJS.Timeout[]

  constructor(options: {
    readonly leftMs: number
    readonly onWarning: (secondsLeft: number) => void
    readonly onOver: () => void
  }) {
    const leftMs = Math.max(0, options.leftMs)
    const warnMs = Math.min(warnBeforeMs, leftMs / 2)
    const warn = (): void => options.onWarning(Math.round(warnMs / 1000))
    this.#timers = [setTimeout(warn, leftMs - warnMs).unref(), setTimeout(options.onOver, leftMs).unref()]
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer)
  }
}
