/** How much may be taken at once, and how much flows back in a second. */
export type TokenRate = { readonly burst: number; readonly perSecond: number }

/** A steady rate with a burst on top: what is taken comes back with time, never beyond the burst. Full to begin with. */
export class TokenBucket {
  readonly rate: TokenRate
  #left: number
  #atMs: number

  constructor(rate: TokenRate, nowMs: number) {
    this.rate = rate
    this.#left = rate.burst
    this.#atMs = nowMs
  }

  /** How much there is now. A clock that goes back takes nothing away. Below zero while others have taken too much. */
  left(nowMs: number): number {
    const elapsedMs = Math.max(0, nowMs - this.#atMs)
    this.#left = Math.min(this.rate.burst, this.#left + (elapsedMs / 1000) * this.rate.perSecond)
    this.#atMs = nowMs
    return this.#left
  }

  /** False when there is less left than this; then nothing is taken. */
  spend(amount: number, nowMs: number): boolean {
    if (this.left(nowMs) < amount) return false
    this.#left -= amount
    return true
  }

  /** What is missing now, as somebody knows who has seen more than this bucket: 0 is full, more than the burst is possible. */
  setDebt(debt: number, nowMs: number): void {
    this.#left = this.rate.burst - debt
    this.#atMs = nowMs
  }
}
