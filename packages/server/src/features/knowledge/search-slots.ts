/**
 * Threat: a slow database, or one workspace with many conversations, piles up searches that nobody waits for any more, until
 * no connection is left for anybody.
 * Rule: at most so many searches hold a connection at a time, in all and of one workspace; who gives up leaves the line. A
 * slot is free again when its search has really ended, not when its caller stopped waiting.
 * On failure: whoever does not get one before its signal aborts rejects with the signal's reason; nothing was asked.
 */
import type { Uuid } from '@hyponema/contract'

type Waiter = { readonly workspaceId: Uuid; readonly enter: () => void }

export class SearchSlots {
  readonly #most: number
  readonly #mostOfOne: number
  readonly #running = new Map<Uuid, number>()
  /** Bounded by the turns that run: each waits in it at most once, and for no longer than its budget. */
  readonly #waiting = new Set<Waiter>()
  #count = 0

  constructor(limits: { readonly most: number; readonly mostOfOne: number }) {
    this.#most = limits.most
    this.#mostOfOne = limits.mostOfOne
  }

  /** Resolves to what gives the slot back, which works once. */
  async take(workspaceId: Uuid, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted()
    if (!this.#hasRoom(workspaceId)) await this.#wait(workspaceId, signal)
    else this.#enter(workspaceId)
    let given = false
    return () => {
      if (given) return
      given = true
      this.#leave(workspaceId)
    }
  }

  #hasRoom(workspaceId: Uuid): boolean {
    return this.#count < this.#most && (this.#running.get(workspaceId) ?? 0) < this.#mostOfOne
  }

  #enter(workspaceId: Uuid): void {
    this.#count += 1
    this.#running.set(workspaceId, (this.#running.get(workspaceId) ?? 0) + 1)
  }

  #leave(workspaceId: Uuid): void {
    this.#count -= 1
    const left = (this.#running.get(workspaceId) ?? 1) - 1
    if (left === 0) this.#running.delete(workspaceId)
    else this.#running.set(workspaceId, left)
    for (const waiter of this.#waiting) {
      if (!this.#hasRoom(waiter.workspaceId)) continue
      // Entered for it here, so that nobody comes between.
      this.#enter(waiter.workspaceId)
      this.#waiting.delete(waiter)
      waiter.enter()
      return
    }
  }

  async #wait(workspaceId: Uuid, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const waiter: Waiter = { workspaceId, enter: resolve }
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
