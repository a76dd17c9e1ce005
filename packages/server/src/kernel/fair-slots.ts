/**
 * Threat: work that waits for something slow piles up, or one workspace takes all there is, until nothing is left for anybody.
 * Rule: at most so many run at a time, in all and of one owner; who gives up leaves the line. A slot is free again when it is
 * given back, which is when the work has really ended and not when its caller stopped waiting.
 * On failure: whoever does not get one before its signal aborts rejects with the signal's reason; nothing was begun.
 */
type Waiter = { readonly owner: string; readonly enter: () => void }

export class FairSlots {
  readonly #most: number
  readonly #mostOfOne: number
  readonly #running = new Map<string, number>()
  /** In the order in which they came; each leaves it when its signal aborts, so whoever asks bounds it. */
  readonly #waiting = new Set<Waiter>()
  #count = 0

  constructor(limits: { readonly most: number; readonly mostOfOne: number }) {
    this.#most = limits.most
    this.#mostOfOne = limits.mostOfOne
  }

  /** Resolves to what gives the slot back, which works once. */
  async take(owner: string, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted()
    if (!this.#hasRoom(owner)) await this.#wait(owner, signal)
    else this.#enter(owner)
    let given = false
    return () => {
      if (given) return
      given = true
      this.#leave(owner)
    }
  }

  #hasRoom(owner: string): boolean {
    return this.#count < this.#most && (this.#running.get(owner) ?? 0) < this.#mostOfOne
  }

  #enter(owner: string): void {
    this.#count += 1
    this.#running.set(owner, (this.#running.get(owner) ?? 0) + 1)
  }

  #leave(owner: string): void {
    this.#count -= 1
    const left = (this.#running.get(owner) ?? 1) - 1
    if (left === 0) this.#running.delete(owner)
    else this.#running.set(owner, left)
    for (const waiter of this.#waiting) {
      if (!this.#hasRoom(waiter.owner)) continue
      // Entered for it here, so that nobody comes between.
      this.#enter(waiter.owner)
      this.#waiting.delete(waiter)
      waiter.enter()
      return
    }
  }

  async #wait(owner: string, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const waiter: Waiter = { owner, enter: resolve }
    const giveUp = (): void => {
      // Who was let in already keeps its slot and finds the signal aborted itself.
      if (this.#waiting.delete(waiter)) reject(signal.reason)
    }
    this.#waiting.add(waiter)
    signal.addEventListener('abort', giveUp, { once: true })
    try {
      await promise
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
  }
}
