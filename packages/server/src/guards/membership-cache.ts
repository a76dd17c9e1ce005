/**
 * Threat: somebody who was removed, or may do less now, goes on with a token that was signed before.
 * Rule: every request asks what the membership is now. An answer serves for five seconds, counted from when the database
 * was asked; a change in this process drops it at once, and an answer that was asked for before the change with it.
 * On failure: a database that does not answer is no answer; nothing of it is kept.
 */
import type { Uuid } from '@hyponema/contract'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../kernel/clock.ts'
import type { StoredMembership } from '../platform/postgres/with-unproven.ts'

export type MembershipName = { readonly workspaceId: Uuid; readonly id: Uuid }

type Entry = { readonly askedMs: number; readonly membership: Promise<StoredMembership | undefined> }

/** What another process has changed is seen after this at the latest (data-boundary 4). */
const longestMs = 5_000
/** Operators who are at work at once, a few hundred bytes each. */
const maxEntries = 10_000

export class MembershipCache {
  readonly #entries = new LRUCache<string, Entry>({ max: maxEntries })
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async find(
    name: MembershipName,
    ask: () => Promise<StoredMembership | undefined>,
  ): Promise<StoredMembership | undefined> {
    const key = keyOf(name)
    const nowMs = this.#clock.nowMs()
    const known = this.#entries.get(key)
    if (known !== undefined && nowMs - known.askedMs < longestMs && nowMs >= known.askedMs) return known.membership
    const entry: Entry = { askedMs: nowMs, membership: ask() }
    this.#entries.set(key, entry)
    try {
      return await entry.membership
    } catch (error) {
      if (this.#entries.get(key) === entry) this.#entries.delete(key)
      throw error
    }
  }

  /** Call it when the transaction that changed the membership has committed. */
  forget(name: MembershipName): void {
    this.#entries.delete(keyOf(name))
  }
}

function keyOf({ workspaceId, id }: MembershipName): string {
  return `${workspaceId}:${id}`
}
