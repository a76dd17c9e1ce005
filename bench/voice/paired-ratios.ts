import { quantile } from '../policy/statistics.ts'

/** With fewer pairs no verdict is given. */
export const leastPairs = 10

export type PairedRatio = {
  readonly median: number
  readonly interval: readonly [number, number]
  readonly pairs: number
}

/** The median of what each pair says, with the interval that holds the true one in at least 95 of 100 such runs (sign test). */
export function pairedRatio(pairs: readonly (readonly [ours: number, theirs: number])[]): PairedRatio {
  const ratios = pairs.map(([ours, theirs]) => ours / theirs).toSorted((left, right) => left - right)
  const outer = ranksOutside(ratios.length)
  const low = ratios[outer] ?? Number.NaN
  const high = ratios[ratios.length - 1 - outer] ?? Number.NaN
  return { median: quantile(ratios, 0.5), interval: [low, high], pairs: ratios.length }
}

export function verdictOf({ interval, pairs }: PairedRatio, goal: number): 'met' | 'MISSED' | 'undecided' {
  const [low, high] = interval
  if (pairs < leastPairs || !(low > goal || high <= goal)) return 'undecided'
  return high <= goal ? 'met' : 'MISSED'
}

/** How many of the ordered values lie outside at each end: as many as half of all coins fall below with 2.5 % at most. */
function ranksOutside(count: number): number {
  let [outside, tail, ways] = [0, 0, 1]
  for (let heads = 0; heads < count / 2; heads += 1) {
    tail += ways / 2 ** count
    if (tail > 0.025) break
    outside = heads
    ways = (ways * (count - heads)) / (heads + 1)
  }
  return outside
}
