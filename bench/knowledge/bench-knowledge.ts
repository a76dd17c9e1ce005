/**
 * `npm run bench:knowledge`: what the search of documents takes of its 150 ms, in a workspace of 100,000 passages beside another
 * one, with an empty scoped transaction as control; and the same question without the function that row security makes necessary.
 */
import { loadavg } from 'node:os'
import { startBenchCluster } from '../boundary/bench-cluster.ts'
import { counted, readFlags } from '../boundary/read-flags.ts'
import { reportFigures } from '../boundary/report-figures.ts'
import { quantile, rounded } from '../policy/statistics.ts'
import { pairedRatio } from '../voice/paired-ratios.ts'
import { cores, pinRunning } from '../voice/pinned-process.ts'
import type { Row } from '../voice/report-rows.ts'
import { type Kind, measureSearch, type SearchFigures } from './measure-search.ts'
import { plantChunks } from './planted-chunks.ts'

/** Of a turn, for everything that its documents cost (voice-runtime 6). */
const budgetMs = 150
const usage = 'npm run bench:knowledge -- [--json] [--chunks 100000] [--neighbour 200000] [--searches 300] [--pairs 10]'
const shape = {
  chunks: counted(100_000, 1_000_000),
  neighbour: counted(200_000, 5_000_000),
  searches: counted(300),
  pairs: counted(10),
}

const words: Readonly<Record<Kind, string>> = {
  ordinary: 'three words, a rare one among them',
  common: 'eight words that stand in most passages',
  long: '24 words of every kind',
}

await run()

async function run(): Promise<void> {
  const flags = readFlags(usage, shape)
  if (flags === undefined) return
  const loadBefore = loadavg()[0] ?? 0
  const cluster = await startBenchCluster()
  // Before the database has children for the connections, which go where their parent is.
  pinRunning([process.pid], cores.server)
  pinRunning([cluster.pid], cores.rest)
  try {
    const planted = await plantChunks(cluster, { number: 1, chunks: flags.chunks })
    await cluster.ask('vacuum analyze')
    const alone = await measureSearch(cluster, planted, flags)
    await plantChunks(cluster, { number: 2, chunks: flags.neighbour, isNeighbour: true })
    await cluster.ask('vacuum analyze')
    const beside = await measureSearch(cluster, planted, flags)
    const note = `${flags.chunks} passages in ${planted.sources.length} sources, beside ${flags.neighbour} of a neighbour`
    reportFigures('knowledge', rowsOf({ alone, beside }, note), {
      json: flags.json,
      loadBefore,
      postgres: cluster.version,
      pinning: 'we on the first core, the database on the second',
    })
  } finally {
    await cluster.stop()
  }
}

function rowsOf({ alone, beside }: { alone: SearchFigures; beside: SearchFigures }, note: string): readonly Row[] {
  const row = (what: string, samples: readonly number[], share: number, more: Partial<Row> = {}): Row => ({
    what: `${what}, p${share * 100}`,
    unit: 'ms',
    found: rounded(quantile(samples, share)),
    ...more,
  })
  const kinds = ['ordinary', 'common', 'long'] as const
  const plain = pairedRatio(beside.plain.map(([ours, without]) => [without, ours]))
  const [low, high] = plain.interval.map(rounded)
  return [
    ...kinds.flatMap((kind) => [
      row(`a search in its transaction: ${words[kind]}`, beside.ms[kind], 0.5, { note }),
      row(`a search in its transaction: ${words[kind]}`, beside.ms[kind], 0.99, { goal: { atMost: budgetMs } }),
    ]),
    row('the same without the neighbour: eight words that stand in most passages', alone.ms.common, 0.5),
    row('the same without the neighbour: three words, a rare one among them', alone.ms.ordinary, 0.5),
    row('control: an empty scoped transaction', beside.emptyMs, 0.5),
    row('control: an empty scoped transaction', beside.emptyMs, 0.99),
    {
      what: 'the same three words as a plain query under row security',
      unit: 'ms',
      found: rounded(
        quantile(
          beside.plain.map(([, without]) => without),
          0.5,
        ),
      ),
    },
    {
      what: 'plain query to the function',
      unit: 'x',
      found: rounded(plain.median),
      note: `median of ${beside.plain.length} pairs, ${low} to ${high} with 95 % confidence`,
    },
  ]
}
