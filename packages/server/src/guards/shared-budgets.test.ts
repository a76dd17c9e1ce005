import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { standingClock } from '../platform/crypto/test-harness/key-fixtures.ts'
import type { LimitDebt } from '../platform/postgres/merge-limit-debts.ts'
import { SharedBudgets } from './shared-budgets.ts'
import type { BucketPolicy } from './token-buckets.ts'

const policy: BucketPolicy = { name: 'address', burst: 5, refillPerSecond: 2 }

/** What `app.limits_merge` does, on a clock that a test can turn; test/attacks/shared-edge compares the two. */
function table(clock: { nowMs: () => number }) {
  const drainedAtMs = new Map<string, number>()
  return (taken: readonly LimitDebt[]) =>
    new Map(
      taken.map(({ key, amount, perSecond }) => {
        const name = key.toString('hex')
        const drained =
          Math.max(drainedAtMs.get(name) ?? Number.NEGATIVE_INFINITY, clock.nowMs()) + (amount / perSecond) * 1000
        drainedAtMs.set(name, drained)
        return [name, ((drained - clock.nowMs()) / 1000) * perSecond] as const
      }),
    )
}

function process(clock: { nowMs: () => number }, merge: (taken: readonly LimitDebt[]) => Promise<Map<string, number>>) {
  const logged: string[] = []
  const shared = new SharedBudgets({ merge, clock, log: (message) => logged.push(message) })
  const buckets = shared.buckets(policy)
  const takeAll = (key = 'a', tries = 100) =>
    Array.from({ length: tries }, () => buckets.take(key)).filter(({ allowed }) => allowed).length
  return { shared, buckets, takeAll, logged }
}

function twoProcesses() {
  const clock = standingClock()
  const merge = table(clock)
  const make = () => process(clock, async (taken) => merge(taken))
  return { clock, one: make(), other: make() }
}

describe('shared budgets', () => {
  it('let a process learn what another gave, and say how long that takes to flow back', async () => {
    const { one, other, clock } = twoProcesses()
    expect(one.takeAll()).toBe(5)
    await one.shared.merge()
    // It has not heard yet, so this is the burst on top.
    expect(other.takeAll()).toBe(5)
    await other.shared.merge()
    expect(other.buckets.take('a')).toMatchObject({ allowed: false, remaining: 0, retryAfterSeconds: 3 })
    clock.advance(2_999)
    expect(other.takeAll()).toBe(0)
    clock.advance(1)
    expect(other.takeAll()).toBe(1)
  })

  it('keep the keys and the names of budgets apart', async () => {
    const { one, other } = twoProcesses()
    one.takeAll('a')
    await one.shared.merge()
    other.takeAll('b', 1)
    const elsewhere = other.shared.buckets({ ...policy, name: 'talk' })
    elsewhere.take('a')
    await other.shared.merge()
    expect(other.takeAll('b')).toBe(4)
    expect(elsewhere.take('a').remaining).toBe(3)
  })

  it('ask the database nothing while nobody asks us', async () => {
    const clock = standingClock()
    let asked = 0
    const { shared } = process(clock, async () => {
      asked += 1
      return new Map()
    })
    await shared.merge()
    expect(asked).toBe(0)
  })

  it('stay local while the database is away, say so once a minute, and forgive no burst', async () => {
    const clock = standingClock()
    const merge = table(clock)
    let isAway = true
    const one = process(clock, async (taken) => {
      if (isAway) throw new Error('away')
      return merge(taken)
    })
    for (let second = 0; second < 90; second += 1) {
      expect(one.takeAll()).toBe(second === 0 ? 5 : 2)
      await one.shared.merge()
      clock.advance(1_000)
    }
    expect(one.logged).toHaveLength(2)
    isAway = false
    await one.shared.merge()
    // The burst is owed, and not the ninety seconds: they have flowed back.
    expect(one.takeAll()).toBe(0)
    clock.advance(3_000)
    expect(one.takeAll()).toBeGreaterThan(0)
  })

  it('tell those that took most first when more keys were used than one statement takes', async () => {
    const clock = standingClock()
    const told: (readonly LimitDebt[])[] = []
    const { shared, takeAll } = process(clock, async (taken) => {
      told.push(taken)
      return new Map()
    })
    for (let index = 0; index < 2_500; index += 1) takeAll(`address ${index}`, 1)
    takeAll('flood')
    await shared.merge()
    await shared.merge()
    await shared.merge()
    expect(told.map((keys) => keys.length)).toEqual([2_000, 501])
    expect(told[0]?.[0]?.amount).toBe(5)
  })

  it('forgive nothing when the answer of a merge is lost', async () => {
    const clock = standingClock()
    const merge = table(clock)
    let losesAnswer = true
    const one = process(clock, async (taken) => {
      const debts = merge(taken)
      if (losesAnswer) throw new Error('the connection went before the answer came')
      return debts
    })
    const other = process(clock, async (taken) => merge(taken))
    one.takeAll()
    await one.shared.merge()
    losesAnswer = false
    await one.shared.merge()
    other.takeAll('a', 1)
    await other.shared.merge()
    expect(other.takeAll()).toBe(0)
  })

  const stepMs = 400
  /** A merge each second, at the first step after it is due; its answer comes within two steps, and one waits for it. */
  const longestBetweenMergesMs = 1_000 + 4 * stepMs

  const steps = fc.array(
    fc.record({
      passMs: fc.integer({ min: 0, max: stepMs }),
      tries: fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 4, maxLength: 4 }),
      answerAfter: fc.integer({ min: 0, max: 2 }),
    }),
    { minLength: 20, maxLength: 150 },
  )

  it('give in every stretch of time at most what one process would, and the burst and two merges of refill for each other', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 4 }), steps, async (count, run) => {
        const given = await simulate(count, run)
        const { burst, refillPerSecond: rate } = policy
        const onTop = (count - 1) * (burst + (2 * rate * longestBetweenMergesMs) / 1000)
        const excess = given.flatMap((from, first) =>
          given.slice(first).map((to, more) => more + 1 - (burst + (rate * (to - from)) / 1000 + onTop)),
        )
        expect(excess.reduce((most, one) => Math.max(most, one), Number.NEGATIVE_INFINITY)).toBeLessThanOrEqual(1e-6)
      }),
      { numRuns: 60 },
    )
  }, 60_000)

  it('give at the rate of one process in the long run', async () => {
    const everybodyAlways = Array.from({ length: 600 }, () => ({ passMs: 200, tries: [8, 8, 8, 8], answerAfter: 1 }))
    const given = await simulate(4, everybodyAlways)
    const { burst, refillPerSecond: rate } = policy
    expect(given.length).toBeLessThanOrEqual(burst + rate * 120 + 3 * (burst + 2 * rate * 1.4))
    expect(given.length).toBeGreaterThan(rate * 110)
  })

  /** The moments at which something was given, in order. */
  async function simulate(
    count: number,
    run: readonly { passMs: number; tries: readonly number[]; answerAfter: number }[],
  ): Promise<readonly number[]> {
    const clock = standingClock(0)
    const merge = table(clock)
    const waiting: { at: number; answer: () => void }[] = []
    const given: number[] = []
    let step = 0
    const all = Array.from({ length: count }, (_, index) => ({
      ...process(clock, (taken) => {
        const debts = merge(taken)
        return new Promise((resolve) => {
          waiting.push({ at: step + (run[step]?.answerAfter ?? 0), answer: () => resolve(debts) })
        })
      }),
      dueMs: (index * 1_000) / count,
    }))
    for (const { passMs, tries } of run) {
      clock.advance(passMs)
      for (const one of all) {
        if (one.dueMs > clock.nowMs()) continue
        one.dueMs = clock.nowMs() + 1_000
        void one.shared.merge()
      }
      for (const late of waiting.filter(({ at }) => at <= step)) late.answer()
      await new Promise((resolve) => setImmediate(resolve))
      for (const [index, one] of all.entries()) {
        for (let left = one.takeAll('a', tries[index] ?? 0); left > 0; left -= 1) given.push(clock.nowMs())
      }
      step += 1
    }
    return given
  }
})
