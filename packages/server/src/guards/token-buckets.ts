/**
 * Threat: one caller keeps everybody else from being served.
 * Rule: each key (address, workspace, API key, user) refills at a steady rate up to a burst; each request takes one token.
 * What other processes gave the same key is learned every second (shared-budgets.ts).
 * On failure: refused as request.rate_limited with Retry-After and the RateLimit fields; nothing else is looked up.
 * The number of keys remembered is bounded: the longest unused is forgotten, which can only forgive, never refuse.
 */
import { LRUCache } from 'lru-cache'
import type { Clock } from '../kernel/clock.ts'
import { TokenBucket } from '../kernel/token-bucket.ts'

export type BucketPolicy = {
  readonly name: string
  readonly burst: number
  readonly refillPerSecond: number
}

export type BucketAnswer = {
  readonly allowed: boolean
  readonly remaining: number
  /** Seconds until one more token is there, 0 when there is one now. */
  readonly retryAfterSeconds: number
  readonly policy: BucketPolicy
}

/** What one key gave since it was last asked. */
export type Taken = { readonly key: string; readonly amount: number; readonly perSecond: number }

/** 50,000 buckets are about 8 MB. */
const maxBuckets = 50_000

type Entry = {
  bucket: TokenBucket
  /** Given, and told to nobody yet. */
  untold: number
}

export class TokenBuckets {
  readonly #policy: BucketPolicy
  readonly #clock: Clock
  readonly #entries = new LRUCache<string, Entry>({ max: maxBuckets })
  /** Keys that have something untold; some of them may be forgotten. */
  readonly #untold = new Set<string>()

  constructor(policy: BucketPolicy, clock: Clock) {
    this.#policy = policy
    this.#clock = clock
  }

  get name(): string {
    return this.#policy.name
  }

  /** `size` where this key has its own burst and rate, such as a workspace whose limits were changed. */
  take(key: string, size: Omit<BucketPolicy, 'name'> = this.#policy): BucketAnswer {
    const nowMs = this.#clock.nowMs()
    const entry = this.#entryOf(key, size, nowMs)
    const allowed = entry.bucket.spend(1, nowMs)
    if (allowed) {
      entry.untold += 1
      this.#untold.add(key)
    }
    const left = entry.bucket.left(nowMs)
    return {
      allowed,
      remaining: Math.max(0, Math.floor(left)),
      retryAfterSeconds: left >= 1 ? 0 : (1 - left) / size.refillPerSecond,
      policy: { name: this.#policy.name, burst: size.burst, refillPerSecond: size.refillPerSecond },
    }
  }

  /** What was given since the last call. Whoever cannot pass it on gives it back with `putBack`. */
  collect(): readonly Taken[] {
    const collected: Taken[] = []
    for (const key of this.#untold) {
      const entry = this.#entries.peek(key)
      if (entry === undefined) continue
      collected.push({ key, amount: entry.untold, perSecond: entry.bucket.rate.perSecond })
      entry.untold = 0
    }
    this.#untold.clear()
    return collected
  }

  putBack({ key, amount }: Taken): void {
    const entry = this.#entries.peek(key)
    if (entry === undefined) return
    // What was given long ago has flowed back: after an hour without the database nobody is refused for an hour.
    entry.untold = Math.min(entry.untold + amount, entry.bucket.rate.burst)
    this.#untold.add(key)
  }

  /** What everybody together took of a key and has not flowed back, what was collected here included. */
  learn(key: string, debt: number): void {
    const entry = this.#entries.peek(key)
    // What was given since it was collected is in nobody's sum yet.
    entry?.bucket.setDebt(debt + entry.untold, this.#clock.nowMs())
  }

  #entryOf(key: string, { burst, refillPerSecond: perSecond }: Omit<BucketPolicy, 'name'>, nowMs: number): Entry {
    const known = this.#entries.get(key)
    if (known === undefined) {
      const entry = { bucket: new TokenBucket({ burst, perSecond }, nowMs), untold: 0 }
      this.#entries.set(key, entry)
      return entry
    }
    // A budget whose size was changed begins anew; what it owes comes with the next merge.
    const { rate } = known.bucket
    if (rate.burst !== burst || rate.perSecond !== perSecond)
      known.bucket = new TokenBucket({ burst, perSecond }, nowMs)
    return known
  }
}
