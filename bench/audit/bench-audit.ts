/**
 * `npm run bench:audit`: the figures of evidence-and-privacy 1. Two variants alternate within one run; the verdict is the median
 * of paired ratios with its interval, and `undecided` is one.
 */
import { loadavg } from 'node:os'
import { type Installation, openInstallation } from '../../packages/server/src/commands/open-installation.ts'
import { readConfig } from '../../packages/server/src/config.ts'
import { systemClock } from '../../packages/server/src/kernel/clock.ts'
import { type BenchCluster, startBenchCluster } from '../boundary/bench-cluster.ts'
import { counted, readFlags } from '../boundary/read-flags.ts'
import { reportFigures } from '../boundary/report-figures.ts'
import { quantile, rounded } from '../policy/statistics.ts'
import { sealedWorkspace } from '../secrets/sealed-workspace.ts'
import { pairedRatio, verdictOf } from '../voice/paired-ratios.ts'
import type { Row } from '../voice/report-rows.ts'
import { measureAuditedActs } from './measure-audited-acts.ts'
import { measureSealing } from './measure-sealing.ts'
import { measureVerifying } from './measure-verifying.ts'

const usage =
  'npm run bench:audit -- [--json] [--pairs 12] [--transactions 1500] [--events 100000] [--verified 1000000]'
const shape = {
  pairs: counted(12),
  transactions: counted(1_500),
  events: counted(100_000, 10_000_000),
  verified: counted(1_000_000, 10_000_000),
}

await run()

async function run(): Promise<void> {
  const flags = readFlags(usage, shape)
  if (flags === undefined) return
  const loadBefore = loadavg()[0] ?? 0
  const cluster = await startBenchCluster()
  try {
    const installation = await openBench(cluster)
    const { scope } = await sealedWorkspace(installation, 0)
    const acts = await measureAuditedActs({ installation, scope }, flags)
    const sealing = await measureSealing(cluster, { installation, scope, events: flags.events })
    await installation.database.close()
    await installation.closeKeys()
    const verifying = await measureVerifying(flags.verified)
    const rows: readonly Row[] = [
      ...actRows(acts),
      {
        what: 'events sealed in batches, tiles and checkpoint included',
        unit: '/s',
        found: Math.round(sealing.perSecond),
        goal: { atLeast: 20_000 },
        note: `${flags.events} events`,
      },
      {
        what: 'control: the same rows inserted by one statement',
        unit: '/s',
        found: Math.round(sealing.insertedPerSecond),
      },
      delayRow(sealing.delaysMs, 0.5),
      { ...delayRow(sealing.delaysMs, 1), what: 'from commit to seal, longest', goal: { atMost: 2_000 } },
      {
        what: 'an export verified offline, signature, leaves and tiles',
        unit: 's',
        found: rounded(verifying.seconds),
        goal: { atMost: 10 * (flags.verified / 1_000_000) },
        note: `${flags.verified} events, ${Math.round(verifying.bytes / 1e6)} MB`,
      },
      { what: 'control: the same file read line by line', unit: 's', found: rounded(verifying.readSeconds) },
    ]
    reportFigures('audit', rows, { json: flags.json, loadBefore, postgres: cluster.version, pinning: 'none' })
  } finally {
    await cluster.stop()
  }
}

function openBench({ address, home }: BenchCluster): Promise<Installation> {
  const config = readConfig({ environment: { HYPONEMA_HOME: home }, workingFolder: home })
  return openInstallation({ config, clock: systemClock, address })
}

function actRows(pairs: readonly (readonly [number, number])[]): readonly Row[] {
  const { median, interval } = pairedRatio(pairs)
  const [low, high] = interval.map(rounded)
  const found = (which: 0 | 1): number =>
    Math.round(
      quantile(
        pairs.map((pair) => pair[which]),
        0.5,
      ),
    )
  return [
    { what: 'transactions of a privileged act, with its audit event', unit: '/s', found: found(0) },
    { what: 'control: the same without it', unit: '/s', found: found(1) },
    {
      what: 'with the event to without',
      unit: 'x',
      found: rounded(median),
      goal: { atLeast: 0.75 },
      verdict: verdictOf(pairedRatio(pairs.map(([ours, theirs]) => [theirs, ours])), 1 / 0.75),
      note: `median of ${pairs.length} pairs, ${low} to ${high} with 95 % confidence`,
    },
  ]
}

function delayRow(delaysMs: readonly number[], share: number): Row {
  const found = Math.round(quantile(delaysMs, share))
  return { what: `from commit to seal, p${share * 100}`, unit: 'ms', found, note: `${delaysMs.length} events` }
}
