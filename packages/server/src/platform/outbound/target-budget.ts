/**
 * Threat: one workspace uses us to flood a host, or holds so many connections that the others get none.
 * Rule: per workspace and host a bucket of requests and a number of requests at the same time. A request counts until its answer has
 * been read or dropped.
 * On failure: outbound.budget_exceeded with the time to wait; nothing is sent.
 */
import { LRUCache } from 'lru-cache'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import { TokenBucket, type TokenRate } from '../../kernel/token-bucket.ts'

export type BudgetSettings = TokenRate & { readonly atOnce: number }

/** 250 sessions on a core take a turn every few seconds, with one or two model calls each. */
export const defaultBudget: BudgetSettings = { burst: 400, perSecond: 100, atOnce: 256 }

/** A session holds a socket to each of its speech providers as long as it lives, and a workspace has 1,000 sessions at most. */
export const socketBudget: BudgetSettings = { burst: 400, perSecond: 100, atOnce: 1024 }

/** More pairs of workspace and host than one process serves in an hour; a forgotten bucket is a full one. */
const maxBuckets = 20_000

export class TargetBudget {
  readonly #settings: BudgetSettings
  readonly #clock: Clock
  readonly #buckets = new LRUCache<string, TokenBucket>({ max: maxBuckets })
  readonly #running = new Map<string, number>()

  constructor(settings: BudgetSettings, clock: Clock) {
    this.#settings = settings
    this.#clock = clock
  }

  /** Takes one request out of the budget, or throws. The answer gives the place back; calling it twice does nothing more. */
  take(workspaceId: string, host: string): () => void {
    const key = `${workspaceId} ${host}`
    const running = this.#running.get(key) ?? 0
    const nowMs = this.#clock.nowMs()
    const bucket = this.#buckets.get(key) ?? new TokenBucket(this.#settings, nowMs)
    if (running >= this.#settings.atOnce || !bucket.spend(1, nowMs)) {
      const retryAfterSeconds = Math.max(1, Math.ceil((1 - bucket.left(nowMs)) / this.#settings.perSecond))
      throw new AppError('outbound.budget_exceeded', `budget of workspace ${workspaceId} for ${host} is used up`, {
        retryAfterSeconds,
      })
    }
    this.#buckets.set(key, bucket)
    this.#running.set(key, running + 1)
    let given = true
    return () => {
      if (given) this.#giveBack(key)
      given = false
    }
  }

  #giveBack(key: string): void {
    const running = (this.#running.get(key) ?? 1) - 1
    if (running > 0) this.#running.set(key, running)
    else this.#running.delete(key)
  }
}
