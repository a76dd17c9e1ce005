/**
 * `npm run bench:privacy`: the figures of evidence-and-privacy. Two variants alternate within one run; the verdict is the median of
 * paired ratios with its interval, and `undecided` is one. Each part has a file of its own and brings its rows.
 */
import { loadavg } from 'node:os'
import { startBenchCluster } from '../boundary/bench-cluster.ts'
import { counted, readFlags } from '../boundary/read-flags.ts'
import { reportFigures } from '../boundary/report-figures.ts'
import { measurePurge } from './measure-purge.ts'
import { purgeRows } from './purge-rows.ts'

const usage = 'npm run bench:privacy -- [--json] [--pairs 12] [--turns 1000000] [--live 150]'
const shape = {
  pairs: counted(12),
  /** That are older than their rule. */
  turns: counted(1_000_000, 10_000_000),
  /** Turns of live talks in each half of a pair. */
  live: counted(150),
}

await run()

async function run(): Promise<void> {
  const flags = readFlags(usage, shape)
  if (flags === undefined) return
  const loadBefore = loadavg()[0] ?? 0
  const cluster = await startBenchCluster()
  try {
    const rows = purgeRows(await measurePurge(cluster, flags))
    const pinning = 'the server on the first core, everything else where it likes'
    reportFigures('privacy', rows, { json: flags.json, loadBefore, postgres: cluster.version, pinning })
  } finally {
    await cluster.stop()
  }
}
