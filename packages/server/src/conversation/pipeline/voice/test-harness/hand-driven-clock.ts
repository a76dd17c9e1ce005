import type { PlayClock } from '../play-clock.ts'

/** A clock that goes when the test says so, with a pulse at each of its steps. */
export class HandDrivenClock implements PlayClock {
  readonly #ticks = new Set<() => void>()
  #nowMs = 1000

  /** How many players have it running. */
  get players(): number {
    return this.#ticks.size
  }

  readonly nowMs = (): number => this.#nowMs

  readonly start = (tick: () => void): (() => void) => {
    const own = (): void => tick()
    this.#ticks.add(own)
    return () => this.#ticks.delete(own)
  }

  /** Time passes, and nobody is told: a busy process. */
  pass(ms: number): void {
    this.#nowMs += ms
  }

  pulse(): void {
    for (const tick of this.#ticks) tick()
  }

  /** Time passes in steps of 20 ms, with a pulse after each. */
  run(ms: number): void {
    for (let passed = 0; passed < ms; passed += 20) {
      this.pass(Math.min(20, ms - passed))
      this.pulse()
    }
  }
}
