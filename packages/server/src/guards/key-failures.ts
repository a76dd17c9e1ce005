/**
 * Threat: somebody tries secrets against a key and nobody notices; or the counting itself locks a customer out, tells which
 * keys exist, or is flooded until the database or the memory is full.
 * Rule: a failure is counted in memory, known key or not by the same step, and written in the background; what was counted
 * refuses nobody. All unknown ids share one entry, and the known ones are bounded.
 * On failure: what cannot be written is told to the log and forgotten; verification goes on.
 */
import type { Uuid } from '@hyponema/contract'
import type { KeyFailure } from './verify-api-key.ts'

export type CountedFailures = {
  readonly workspaceId: Uuid
  readonly keyId: Uuid
  readonly count: number
  readonly lastAtMs: number
}

type Entry = { failure: KeyFailure; count: number; lastAtMs: number }

/** Ids of real keys are not secret but hard to come by: ten thousand of them under attack in one minute are enough to see. */
const mostKeys = 10_000
const unknown = 'unknown'

export class KeyFailures {
  readonly #entries = new Map<string, Entry>()
  readonly #mostKeys: number

  constructor(options: { mostKeys?: number } = {}) {
    this.#mostKeys = options.mostKeys ?? mostKeys
  }

  note(failure: KeyFailure, nowMs: number): void {
    const own = failure.isKnown ? `${failure.workspaceId} ${failure.keyId}` : unknown
    const isFull = this.#entries.size >= this.#mostKeys && !this.#entries.has(own)
    const place = isFull ? unknown : own
    const count = (this.#entries.get(place)?.count ?? 0) + 1
    this.#entries.set(place, { failure, count, lastAtMs: nowMs })
  }

  /** What was counted since the last time: by known key, and the rest as one number. */
  take(): { readonly known: readonly CountedFailures[]; readonly others: number } {
    const others = this.#entries.get(unknown)?.count ?? 0
    this.#entries.delete(unknown)
    const known = [...this.#entries.values()].map(({ failure: { workspaceId, keyId }, count, lastAtMs }) => ({
      workspaceId,
      keyId,
      count,
      lastAtMs,
    }))
    this.#entries.clear()
    return { known, others }
  }
}
