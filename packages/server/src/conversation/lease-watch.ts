/**
 * Threat: two processes speak for one session, because the owner did not notice that its lease ran out: its database is
 * silent, or it was itself asleep.
 * Rule: a lease is counted from when it was asked for and given up a margin before its end, by a timer of its own and by
 * the clock at every question; no answer of the database is waited for.
 * On failure: the session is ended here; whoever takes it over finds a silent owner.
 */
import type { Uuid } from '@hyponema/contract'
import type { Clock } from '../kernel/clock.ts'

/** Together with the worker's poll of 1 s a lost session is failed within 15 s of its owner's death (goal: 20 s). */
export const leaseTtlMs = 12_000
/** A renewal is tried every 5 s, so that a lease sees two before it is given up. */
export const renewEveryMs = 5_000
/** For timers that are late and for what is on its way to a socket. */
export const leaseMarginMs = 1_000

export class LeaseWatch {
  readonly #clock: Clock
  readonly #onRunOut: (sessionId: Uuid) => void
  readonly #leases = new Map<Uuid, { readonly untilMs: number; readonly timer: NodeJS.Timeout }>()

  constructor(options: { clock: Clock; onRunOut: (sessionId: Uuid) => void }) {
    this.#clock = options.clock
    this.#onRunOut = options.onRunOut
  }

  /** The lease was asked for at this time, and given. */
  hold(sessionId: Uuid, askedAtMs: number): void {
    this.release(sessionId)
    const untilMs = askedAtMs + leaseTtlMs - leaseMarginMs
    const timer = setTimeout(() => this.#onRunOut(sessionId), Math.max(0, untilMs - this.#clock.nowMs()))
    this.#leases.set(sessionId, { untilMs, timer: timer.unref() })
  }

  holds(sessionId: Uuid): boolean {
    const lease = this.#leases.get(sessionId)
    return lease !== undefined && this.#clock.nowMs() < lease.untilMs
  }

  release(sessionId: Uuid): void {
    clearTimeout(this.#leases.get(sessionId)?.timer)
    this.#leases.delete(sessionId)
  }
}
