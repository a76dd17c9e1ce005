/**
 * Threat: one caller keeps everybody else from being served.
 * Rule: each key (address, workspace, API key) refills at a steady rate up to a burst; each request takes one token.
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

/** 50,000 buckets are about 8 MB. */
const maxBuckets = 50_000

export class TokenBuckets {
  readonly #policy: BucketPolicy
  readonly #clock: Clock
  readonly #buckets = new LRUCache<string, TokenBucket>({ max: maxBuckets })

  constructor(policy: BucketPolicy, clock: Clock) {
    this.#policy = policy
    this.#clock = clock
  }

  take(key: string): BucketAnswer {
    const nowMs = this.#clock.nowMs()
    const { burst, refillPerSecond } = this.#policy
    const bucket = this.#buckets.get(key) ?? new TokenBucket({ burst, perSecond: refillPerSecond }, nowMs)
    this.#buckets.set(key, bucket)
    const allowed = bucket.spend(1, nowMs)
    const left = bucket.left(nowMs)
    return {
      allowed,
      remaining: Math.floor(left),
      retryAfterSeconds: left >= 1 ? 0 : (1 - left) / refillPerSecond,
      policy: this.#policy,
    }
  }
}
