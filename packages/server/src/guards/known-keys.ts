/**
 * Threat: every request of a busy key costs a transaction before its own; a copy of its row that is kept outlives a
 * revocation.
 * Rule: the row of a key that has matched serves for five seconds, counted from when the database was asked, and only for a
 * text whose MAC matches it again. A change in this process drops it at once, and what was asked for before the change is
 * not kept; what another process changes is seen after five seconds at the latest (data-boundary 2).
 * On failure: whatever is not known here is looked up. A wrong secret is never answered from here.
 */
import type { Uuid } from '@hyponema/contract'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../kernel/clock.ts'
import type { StoredApiKey } from '../platform/postgres/with-unproven.ts'

export type KeyName = { readonly workspaceId: Uuid; readonly keyId: Uuid }

/** When the database was asked, and what had been dropped by then. */
export type Asking = { readonly askedMs: number; readonly drops: number }

type Entry = { readonly askedMs: number; readonly stored: StoredApiKey }

const longestMs = 5_000
/** Keys that are used at once, a few hundred bytes each. Only those that have matched are here. */
const maxEntries = 10_000

export class KnownKeys {
  readonly #entries = new LRUCache<string, Entry>({ max: maxEntries })
  readonly #clock: Clock
  #drops = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  find(name: KeyName): StoredApiKey | undefined {
    const entry = this.#entries.get(nameOf(name))
    const age = this.#clock.nowMs() - (entry?.askedMs ?? 0)
    return entry !== undefined && age >= 0 && age < longestMs ? entry.stored : undefined
  }

  /** Call it before the look-up, and hand the answer to `keep`. */
  ask(): Asking {
    return { askedMs: this.#clock.nowMs(), drops: this.#drops }
  }

  keep(name: KeyName, stored: StoredApiKey, { askedMs, drops }: Asking): void {
    if (drops === this.#drops) this.#entries.set(nameOf(name), { askedMs, stored })
  }

  /** Call it when the transaction that changed the key has committed. */
  forget(name: KeyName): void {
    this.#drops += 1
    this.#entries.delete(nameOf(name))
  }
}

function nameOf({ workspaceId, keyId }: KeyName): string {
  return `${workspaceId}:${keyId}`
}
