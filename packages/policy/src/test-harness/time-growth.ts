/** What a text of four times the length costs for each of its characters, compared with the short one: 1 when time is linear, 4 when it is quadratic. */

export interface TimeGrowthOptions {
  readonly run: (text: string) => unknown
  /** What the texts are made of, again and again. */
  readonly unit: string
  /** Length of the short text. Time that is quadratic shows where it outweighs what each character costs anyhow. */
  readonly characters: number
}

/** Between linear and quadratic, on the scale of the result. */
export const linearLimit = 2
const times = 4
const [fewestPairs, mostPairs] = [3, 9]

/**
 * The median over pairs: four runs of the short text against one of the long one, the same number of characters, one directly
 * after the other and in turns first. It is the time of this thread, not of the clock, so that what else the machine does is not
 * counted; and of a pair that was disturbed all the same, there are more.
 */
export function timeGrowth({ run, unit, characters }: TimeGrowthOptions): number {
  const short = unit.repeat(Math.ceil(characters / unit.length))
  const long = short.repeat(times)
  const few = (): number => spentUs(() => Array.from({ length: times }, () => run(short)))
  const one = (): number => spentUs(() => run(long))
  few()
  const ratios: number[] = []
  while (ratios.length < mostPairs) {
    if (ratios.length % 2 === 0) ratios.push(ratio(few(), one()))
    else {
      const after = one()
      ratios.push(ratio(few(), after))
    }
    if (ratios.length >= fewestPairs && median(ratios) < linearLimit) break
  }
  return median(ratios)
}

/** Systems count the time of a thread in ticks; what is less than one of them is not told from nothing. */
const tickUs = 1000

function ratio(fewUs: number, oneUs: number): number {
  return (oneUs + tickUs) / (fewUs + tickUs)
}

function spentUs(work: () => unknown): number {
  const before = process.threadCpuUsage()
  work()
  const { user, system } = process.threadCpuUsage(before)
  return user + system
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0
}
