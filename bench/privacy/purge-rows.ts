import { quantile, rounded } from '../policy/statistics.ts'
import { pairedRatio, verdictOf } from '../voice/paired-ratios.ts'
import type { Row } from '../voice/report-rows.ts'
import type { PurgeFigures } from './measure-purge.ts'

const goal = 1.1

export function purgeRows({ pairs, removed, seconds, batchesMs }: PurgeFigures): readonly Row[] {
  const ratio = pairedRatio(pairs)
  const [low, high] = ratio.interval.map(rounded)
  const found = (which: 0 | 1): number =>
    rounded(
      quantile(
        pairs.map((pair) => pair[which]),
        0.5,
      ),
    )
  return [
    { what: 'a live turn while a purge runs, server time in the database', unit: 'ms', found: found(0) },
    { what: 'control: the same while it waits', unit: 'ms', found: found(1) },
    {
      what: 'during a purge to before',
      unit: 'x',
      found: rounded(ratio.median),
      goal: { atMost: goal },
      verdict: verdictOf(ratio, goal),
      note: `median of ${pairs.length} pairs, ${low} to ${high} with 95 % confidence`,
    },
    {
      what: 'turns removed, with their pauses',
      unit: '/s',
      found: Math.round(removed / seconds),
      note: `${removed} turns in ${Math.round(seconds)} s, with decisions, traces and sessions`,
    },
    ...([0.5, 0.99, 1] as const).map((share) => ({
      what: `one batch, p${share * 100}`,
      unit: 'ms',
      found: rounded(quantile([...batchesMs], share)),
      note: `${batchesMs.length} transactions`,
    })),
  ]
}
