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

  /** The process stood still: what is due by now fires late, and what it sets waits from now on. */
  oversleep(ms: number): void {
    this.#nowMs += ms
    const due = this.#waiting.filter(({ atMs }) => atMs <= this.#nowMs)
    this.#waiting = this.#waiting.filter((timer) => !due.includes(timer))
    for (const { act } of due) act()
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
