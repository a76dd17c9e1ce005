/** Where the ears take their time from; tests turn it by hand. The voice activity detector needs none: it counts sound. */
export type ListeningTimers = {
  /** Never negative, not the time of day. */
  readonly nowMs: () => number
  /** Calls once, later. Returns what calls it off. */
  readonly setTimer: (ms: number, act: () => void) => () => void
}

export const systemTimers: ListeningTimers = {
  nowMs: () => performance.now(),
  setTimer: (ms, act) => {
    const timer = setTimeout(act, ms).unref()
    return () => clearTimeout(timer)
  },
}

/** One thing that may happen later: starting it again puts it off. */
export class Alarm {
  readonly #timers: ListeningTimers
  #callOff: (() => void) | undefined

  constructor(timers: ListeningTimers) {
    this.#timers = timers
  }

  start(ms: number, act: () => void): void {
    this.stop()
    this.#callOff = this.#timers.setTimer(ms, () => {
      this.#callOff = undefined
      act()
    })
  }

  stop(): void {
    this.#callOff?.()
    this.#callOff = undefined
  }
}
