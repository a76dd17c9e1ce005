/**
 * Threat: a key that was unwrapped once lies in memory for whoever can read it later.
 * Rule: what is unwrapped for a workspace as a whole stays so for 5 minutes at most (secrets-and-outbound 1), whether or not
 * anybody asks for it again, and is wiped when it leaves: by age, by a newer one, for want of room, or when all are forgotten.
 * On failure: nothing to fail; who held a secret past its time finds it destroyed.
 */
import { LRUCache } from 'lru-cache'
import type { Secret } from './secret.ts'

const ttlMs = 5 * 60 * 1000

/** Remembers up to `max` secrets and owns them: the cache destroys them, not its user. */
export function createSecretCache(max: number): LRUCache<string, Secret> {
  return new LRUCache({
    max,
    ttl: ttlMs,
    // Without it a secret that nobody asks for again would stay in memory past its time.
    ttlAutopurge: true,
    dispose: (secret) => secret.destroy(),
  })
}
