/**
 * `npm run bench:webhooks`: the figures of secrets-and-outbound 4. Deliveries and bare requests alternate within one run; the
 * verdict is the median of paired ratios with its interval, and `undecided` is one. The delay of an endpoint that answers is
 * measured while a hundred others hang.
 */
import { loadavg } from 'node:os'
import { type BenchCluster, startBenchCluster } from '../boundary/bench-cluster.ts'
import { counted, readFlags } from '../boundary/read-flags.ts'
import { reportFigures } from '../boundary/report-figures.ts'
import { quantile, rounded } from '../policy/statistics.ts'
import { pairedRatio, verdictOf } from '../voice/paired-ratios.ts'
import { cores, pinRunning } from '../voice/pinned-process.ts'
import type { Row } from '../voice/report-rows.ts'
import { measureDelay } from './measure-delay.ts'
import { measureThroughput, type ThroughputPair } from './measure-throughput.ts'
import { startBenchReceiver } from './start-receiver.ts'
import { openWebhookBench } from './webhook-bench.ts'

const usage = 'npm run bench:webhooks -- [--json] [--pairs 12] [--events 2000] [--seconds 20]'
const shape = {
  pairs: counted(12),
  events: counted(2_000),
  /** Of the delay. */
  seconds: counted(20),
}
const leastShare = 0.25

await run()

async function run(): Promise<void> {
  const flags = readFlags(usage, shape)
  if (flags === undefined) return
  const loadBefore = loadavg()[0] ?? 0
  const cluster = await startBenchCluster()
  try {
    reportFigures('webhooks', await measure(cluster, flags), {
      json: flags.json,
      loadBefore,
      postgres: cluster.version,
      pinning: 'this process alone on the first core, database and receiver on the second',
    })
  } finally {
    await cluster.stop()
  }
}

async function measure(
  cluster: BenchCluster,
  flags: { pairs: number; events: number; seconds: number },
): Promise<readonly Row[]> {
  const receiver = await startBenchReceiver()
  const bench = await openWebhookBench(cluster, receiver.port)
  pinRunning([process.pid], cores.server)
  pinRunning([cluster.pid, receiver.pid], cores.rest)
  try {
    const pairs = await measureThroughput(bench, receiver.port, flags)
    const delays = await measureDelay(bench, receiver.seen, flags)
    return [...throughputRows(pairs, flags.events), ...delayRows(delays)]
  } finally {
    await bench.close()
    await receiver.stop()
  }
}

function throughputRows(pairs: readonly ThroughputPair[], events: number): readonly Row[] {
  const median = (which: 0 | 1): number =>
    rounded(
      quantile(
        pairs.map((pair) => pair[which]),
        0.5,
      ),
    )
  const ratio = pairedRatio(pairs)
  const [low, high] = ratio.interval.map(rounded)
  return [
    {
      what: 'deliveries, from the outbox to their record',
      unit: '/s',
      found: median(0),
      note: `${events} events a turn, 16 at once`,
    },
    { what: 'control: bare requests, kept alive', unit: '/s', found: median(1), note: 'the same body, 16 at once' },
    {
      what: 'deliveries to bare requests',
      unit: 'x',
      found: rounded(ratio.median),
      goal: { atLeast: leastShare },
      // The verdict is asked of the inverse, which must be at most as large.
      verdict: verdictOf(pairedRatio(pairs.map(([ours, bare]) => [bare, ours])), 1 / leastShare),
      note: `median of ${pairs.length} pairs, ${low} to ${high} with 95 % confidence`,
    },
  ]
}

function delayRows(delays: readonly number[]): readonly Row[] {
  const lost = delays.filter((delay) => delay === Number.POSITIVE_INFINITY).length
  const row = (share: number, goal?: { atMost: number }): Row => ({
    what: `commit to arrival while 100 endpoints hang, p${share * 100}`,
    unit: 'ms',
    found: rounded(quantile(delays, share)),
    ...(goal === undefined ? {} : { goal }),
    note: `${delays.length} events${lost === 0 ? '' : `, ${lost} of them never came`}`,
  })
  return [row(0.5), row(0.99, { atMost: 1_000 })]
}
