/** A steady rate with a burst on top: each amount that comes is taken from what has flowed back since the last one. */
export class FlowBudget {
  readonly #burst: number
  readonly #perMs: number
  #left: number
  #atMs: number

  constructor({ burst, perSecond }: FlowRate, nowMs: number) {
    this.#burst = burst
    this.#perMs = perSecond / 1000
    this.#left = burst
    this.#atMs = nowMs
  }

  /** False when there is less left than this; then nothing is taken. */
  spend(amount: number, nowMs: number): boolean {
    const elapsedMs = Math.max(0, nowMs - this.#atMs)
    const left = Math.min(this.#burst, this.#left + elapsedMs * this.#perMs)
    this.#atMs = nowMs
    this.#left = left >= amount ? left - amount : left
    return left >= amount
  }
}

export type FlowRate = { readonly burst: number; readonly perSecond: number }
