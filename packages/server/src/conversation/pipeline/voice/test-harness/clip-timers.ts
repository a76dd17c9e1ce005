import type { ListeningTimers } from '../listening-timers.ts'

/** Time that passes when the test says so. Timers fire in order, each at its own moment. */
export class ManualTimers implements ListeningTimers {
  #nowMs = 0
  #waiting: readonly { readonly atMs: number; readonly act: () => void }[] = []

  readonly nowMs = (): number => this.#nowMs

  readonly setTimer = (ms: number, act: () => void): (() => void) => {
    const timer = { atMs: this.#nowMs + ms, act }
    this.#waiting = [...this.#waiting, timer]
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== timer)
    }
  }

  get waiting(): number {
    return this.#waiting.length
  }

  advance(ms: number): void {
    const untilMs = this.#nowMs + ms
    for (;;) {
      const [next] = this.#waiting.filter(({ atMs }) => atMs <= untilMs).toSorted((a, b) => a.atMs - b.atMs)
      if (next === undefined) break
      this.#nowMs = next.atMs
      this.#waiting = this.#waiting.filter((other) => other !== next)
      next.act()
    }
    this.#nowMs = untilMs
  }
}
