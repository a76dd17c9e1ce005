/**
 * Threat: whoever spreads requests over several processes of one installation has a budget in each of them.
 * Rule: every process gives from its own buckets without asking anybody; once a second it adds what it gave to one table and
 * learns what all gave together, so a bucket that others have emptied is empty here too, or owes (data-boundary 5).
 * With N processes, a budget of burst B and refill R, and at most T seconds between two merges of a process, all together
 * give in any W seconds at most B + R·W, which is what one process gives, and (N - 1) · (B + 2·R·T) on top. What was given
 * on top is owed: nobody gives more until it has flowed back, so over a long time the rate is R. (Of more than 2,000 keys in
 * one second the ones with the fewest requests are told later, and a key that was forgotten is forgiven; both need a flood.)
 * Why: a process that has not merged knows nothing of the others, and each bucket alone gives at most B + R·t in t seconds;
 * what a process has not seen of another lies between two merges of that one before and one merge of its own after.
 * On failure: a database that is away leaves each process with its own buckets, never without; what it gave is told later,
 * and the log says so once a minute.
 */
import type { Clock } from '../kernel/clock.ts'
import { sha256 } from '../platform/crypto/sha256.ts'
import type { LimitDebt } from '../platform/postgres/merge-limit-debts.ts'
import { type BucketPolicy, type Taken, TokenBuckets } from './token-buckets.ts'

export type SharedBudgetsOptions = {
  readonly merge: (taken: readonly LimitDebt[]) => Promise<ReadonlyMap<string, number>>
  readonly clock: Clock
  readonly log: (message: string, error: unknown) => void
}

const mergeEveryMs = 1_000
const logEveryMs = 60_000
/** A statement of 2,000 keys takes some 20 ms. Under a flood of more addresses those that took most are told first. */
const maxKeys = 2_000

type Told = { readonly buckets: TokenBuckets; readonly taken: Taken; readonly debt: LimitDebt }

export class SharedBudgets {
  readonly #options: SharedBudgetsOptions
  readonly #all: TokenBuckets[] = []
  #timer: NodeJS.Timeout | undefined
  #merging: Promise<void> | undefined
  #loggedAtMs = Number.NEGATIVE_INFINITY

  constructor(options: SharedBudgetsOptions) {
    this.#options = options
  }

  /** Buckets that are shared with every process that makes some of the same name. */
  buckets(policy: BucketPolicy): TokenBuckets {
    const buckets = new TokenBuckets(policy, this.#options.clock)
    this.#all.push(buckets)
    return buckets
  }

  start(): void {
    this.#timer = setInterval(() => void this.merge(), mergeEveryMs)
    this.#timer.unref()
  }

  /** What was given at last is told too. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#merging
    await this.merge()
  }

  /** Never throws; one at a time. */
  merge(): Promise<void> {
    this.#merging ??= this.#merge().finally(() => {
      this.#merging = undefined
    })
    return this.#merging
  }

  async #merge(): Promise<void> {
    const told = this.#collect()
    if (told.length === 0) return
    try {
      const debts = await this.#options.merge(told.map(({ debt }) => debt))
      for (const { buckets, taken, debt } of told) {
        const owed = debts.get(debt.key.toString('hex'))
        if (owed !== undefined) buckets.learn(taken.key, owed)
      }
    } catch (error) {
      // It may have arrived all the same; then it counts twice, which refuses a little and forgives nothing.
      for (const { buckets, taken } of told) buckets.putBack(taken)
      this.#logOnce(error)
    }
  }

  #collect(): readonly Told[] {
    const all = this.#all.flatMap((buckets) => buckets.collect().map((taken) => ({ buckets, taken })))
    if (all.length > maxKeys) all.sort((one, other) => other.taken.amount - one.taken.amount)
    for (const { buckets, taken } of all.slice(maxKeys)) buckets.putBack(taken)
    return all.slice(0, maxKeys).map(({ buckets, taken }) => ({
      buckets,
      taken,
      debt: { key: sha256(`${buckets.name}\0${taken.key}`), amount: taken.amount, perSecond: taken.perSecond },
    }))
  }

  #logOnce(error: unknown): void {
    const nowMs = this.#options.clock.nowMs()
    if (nowMs - this.#loggedAtMs < logEveryMs) return
    this.#loggedAtMs = nowMs
    this.#options.log('budgets could not be shared between processes; each process keeps to its own', error)
  }
}
