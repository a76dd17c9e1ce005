/**
 * `npm run bench:boundary`: the figures of data-boundary 6. Two variants alternate within one run; the verdict is the median
 * of paired ratios with its interval, and `undecided` is one. Absolute figures stand beside a control of the same run.
 */
import { loadavg } from 'node:os'
import { quantile, rounded } from '../policy/statistics.ts'
import { pairedRatio, verdictOf } from '../voice/paired-ratios.ts'
import type { Row } from '../voice/report-rows.ts'
import { type BenchCluster, startBenchCluster } from './bench-cluster.ts'
import { measureKeyCheck } from './measure-key-check.ts'
import { measureProver, type Proof } from './measure-prover.ts'
import { measureRowSecurity } from './measure-row-security.ts'
import { measureSessionCreation } from './measure-session-creation.ts'
import { counted, readFlags } from './read-flags.ts'
import { reportFigures } from './report-figures.ts'

const usage = 'npm run bench:boundary -- [--json] [--pairs 20] [--transactions 2000] [--seconds 2]'
const shape = {
  pairs: counted(20),
  // With a few hundred a collector or a neighbour decides: the same build gave 0.94 and 1.00.
  transactions: counted(2_000),
  seconds: counted(2),
}

await run()

async function run(): Promise<void> {
  const flags = readFlags(usage, shape)
  if (flags === undefined) return
  const loadBefore = loadavg()[0] ?? 0
  const cluster = await startBenchCluster()
  try {
    const rows = [
      ...(await rowSecurityRows(cluster, flags)),
      ...(await creationRows(cluster, flags)),
      ...keyRows(await measureKeyCheck(20_000)),
      proverRow(await measureProver()),
    ]
    reportFigures('boundary', rows, {
      json: flags.json,
      loadBefore,
      postgres: cluster.version,
      pinning: 'the server alone on the first core, all else on the second',
    })
  } finally {
    await cluster.stop()
  }
}

async function rowSecurityRows(
  cluster: BenchCluster,
  flags: { pairs: number; transactions: number },
): Promise<readonly Row[]> {
  const pairs = await measureRowSecurity(cluster, flags)
  return [
    { what: 'server time of a scoped transaction, with row security', unit: 'ms', found: medianOf(pairs, 0) },
    { what: 'control: the same without it', unit: 'ms', found: medianOf(pairs, 1) },
    atLeastRow(
      'without row security to with it, server time',
      pairs.map(([walled, bare]) => [bare, walled]),
      0.95,
    ),
  ]
}

async function creationRows(cluster: BenchCluster, flags: { pairs: number; seconds: number }): Promise<readonly Row[]> {
  const pairs = await measureSessionCreation(cluster, flags)
  return [
    { what: 'sessions created over HTTP, all guards on', unit: '/s', found: medianOf(pairs, 1) },
    { what: 'control: empty scoped transactions over HTTP', unit: '/s', found: medianOf(pairs, 0) },
    atLeastRow(
      'session creation to the empty transaction',
      pairs.map(([empty, sessions]) => [sessions, empty]),
      0.35,
    ),
  ]
}

function medianOf(pairs: readonly (readonly [number, number])[], which: 0 | 1): number {
  const samples = pairs.map((pair) => pair[which])
  return rounded(quantile(samples, 0.5))
}

function keyRows(microseconds: readonly number[]): readonly Row[] {
  const row = (share: number, goal?: { atMost: number }): Row => ({
    what: `check of a key besides its query, p${share * 100}`,
    unit: 'us',
    found: rounded(quantile(microseconds, share)),
    ...(goal === undefined ? {} : { goal }),
    note: `${microseconds.length} checks`,
  })
  return [row(0.5, { atMost: 15 }), row(0.99)]
}

function proverRow({ seconds, checks }: Proof): Row {
  const note = `${checks} checks, no leak`
  return { what: 'the prover, whole schema', unit: 's', found: seconds, goal: { atMost: 30 }, note }
}

/** The verdict is asked of the inverse, which must be at most as large. */
function atLeastRow(what: string, pairs: readonly (readonly [number, number])[], goal: number): Row {
  const { median, interval } = pairedRatio(pairs)
  const [low, high] = interval.map(rounded)
  return {
    what,
    unit: 'x',
    found: rounded(median),
    goal: { atLeast: goal },
    verdict: verdictOf(pairedRatio(pairs.map(([ours, theirs]) => [theirs, ours])), 1 / goal),
    note: `median of ${pairs.length} pairs, ${low} to ${high} with 95 % confidence`,
  }
}
