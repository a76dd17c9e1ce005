/**
 * `npm run bench:secrets`: the figures of secrets-and-outbound 4, with the keyring file. A variant and its control alternate
 * within one run.
 */
import { loadavg } from 'node:os'
import { openInstallation } from '../../packages/server/src/commands/open-installation.ts'
import { readConfig } from '../../packages/server/src/config.ts'
import { systemClock } from '../../packages/server/src/kernel/clock.ts'
import { startBenchCluster } from '../boundary/bench-cluster.ts'
import { counted, readFlags } from '../boundary/read-flags.ts'
import { reportFigures } from '../boundary/report-figures.ts'
import { quantile, rounded } from '../policy/statistics.ts'
import { pairedRatio } from '../voice/paired-ratios.ts'
import { cores, pinRunning } from '../voice/pinned-process.ts'
import type { Row } from '../voice/report-rows.ts'
import { measureRewrap, type RewrapPair } from './measure-rewrap.ts'
import { measureSealing, type SealingPair } from './measure-sealing.ts'
import { measureSessionSecrets, type SessionSecrets } from './measure-session-secrets.ts'

/** Of a cold start, p99. */
const goalMs = 2
/** Rewraps within one workspace. */
const goalPerSecond = 10_000
const usage =
  'npm run bench:secrets -- [--json] [--pairs 20] [--times 2000] [--starts 3000] [--rows 10000] [--rewraps 10]'
const shape = {
  pairs: counted(20, 1_000_000),
  times: counted(2_000, 1_000_000),
  starts: counted(3_000, 1_000_000),
  rows: counted(10_000, 1_000_000),
  rewraps: counted(10, 1_000_000),
}

await run()

async function run(): Promise<void> {
  const flags = readFlags(usage, shape)
  if (flags === undefined) return
  const loadBefore = loadavg()[0] ?? 0
  const cluster = await startBenchCluster()
  const { home, address, version, pid } = cluster
  // Before the database has children for the connections, which go where their parent is.
  pinRunning([process.pid], cores.server)
  pinRunning([pid], cores.rest)
  const config = readConfig({ environment: { HYPONEMA_HOME: home } })
  const installation = await openInstallation({ config, clock: systemClock, address })
  try {
    const { seals, opens } = await measureSealing(installation.credentialKeys, flags)
    const rows = [
      ...pairRows('seals of a credential', 'encryptions', seals),
      ...pairRows('openings of a credential', 'decryptions', opens),
      ...sessionRows(await measureSessionSecrets(installation, flags)),
      ...rewrapRows(await measureRewrap(installation, { home, rows: flags.rows, pairs: flags.rewraps })),
    ]
    reportFigures('secrets', rows, {
      json: flags.json,
      loadBefore,
      postgres: version,
      pinning: 'we on the first core, the database on the second',
    })
  } finally {
    await installation.database.close()
    await installation.closeKeys()
    await cluster.stop()
  }
}

function pairRows(what: string, control: string, pairs: readonly SealingPair[]): readonly Row[] {
  const ratio = pairedRatio(pairs)
  const [low, high] = ratio.interval.map(rounded)
  return [
    { what, unit: '/s', found: medianOf(pairs, 0) },
    { what: `control: bare ${control} of as many bytes`, unit: '/s', found: medianOf(pairs, 1) },
    {
      what: `${what}, to the control`,
      unit: 'x',
      found: rounded(ratio.median),
      note: `median of ${pairs.length} pairs, ${low} to ${high} with 95 % confidence`,
    },
  ]
}

function medianOf(pairs: readonly (readonly [number, number])[], which: 0 | 1): number {
  return rounded(
    quantile(
      pairs.map((pair) => pair[which]),
      0.5,
    ),
  )
}

function sessionRows({ wholeMs, databaseMs, cryptoMs, emptyMs }: SessionSecrets): readonly Row[] {
  const note = `${wholeMs.length} starts`
  const row = (what: string, samples: readonly number[], share: number): Row => ({
    what: `${what}, p${share * 100}`,
    unit: 'ms',
    found: rounded(quantile(samples, share)),
    note,
  })
  return [
    row('cold start with three credentials', wholeMs, 0.5),
    { ...row('cold start with three credentials', wholeMs, 0.99), ...judge(wholeMs, emptyMs) },
    row('of it unwrapping and opening', cryptoMs, 0.5),
    row('of it unwrapping and opening', cryptoMs, 0.99),
    row('of it the transaction', databaseMs, 0.5),
    row('of it the transaction', databaseMs, 0.99),
    row('control: an empty scoped transaction', emptyMs, 0.5),
    row('control: an empty scoped transaction', emptyMs, 0.99),
  ]
}

/** On a machine where a transaction that asks for nothing takes longer than the goal, a miss says nothing about us. */
function judge(wholeMs: readonly number[], emptyMs: readonly number[]): Pick<Row, 'goal' | 'verdict'> {
  const isMet = quantile(wholeMs, 0.99) <= goalMs
  return {
    goal: { atMost: goalMs },
    verdict: isMet ? 'met' : quantile(emptyMs, 0.99) > goalMs ? 'undecided' : 'MISSED',
  }
}

function rewrapRows(pairs: readonly RewrapPair[]): readonly Row[] {
  const note = `median of ${pairs.length} rounds over one workspace`
  const [row, control, ratio] = pairRows('rewraps within one workspace', 'moves', pairs)
  if (row === undefined || control === undefined || ratio === undefined) return []
  // Where moving alone is slower than the goal, a miss says nothing about the rewrapping.
  const isDecided = (row.found ?? 0) >= goalPerSecond || (control.found ?? 0) >= goalPerSecond
  return [
    { ...row, goal: { atLeast: goalPerSecond }, note, ...(isDecided ? {} : { verdict: 'undecided' as const }) },
    { ...control, what: 'control: the same rows moved without cryptography' },
    ratio,
  ]
}
