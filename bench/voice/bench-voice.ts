/**
 * `npm run bench:voice`: the figures of voice-runtime 9. The server has the first core to itself; the load, the providers and the
 * server's PostgreSQL share the second. Times of several processes are compared by CLOCK_MONOTONIC, which is one for all of them.
 */
import { cpus, loadavg } from 'node:os'
import { readFlags, usage } from './bench-flags.ts'
import { measureRows } from './measure-rows.ts'
import { isPinned } from './pinned-process.ts'
import { printRow } from './report-rows.ts'

if (process.argv.includes('--help')) {
  console.log(usage)
} else {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  const flags = readFlags(process.argv.slice(2))
  const loadBefore = loadavg()[0] ?? 0
  const rows = await measureRows(flags)
  const machine = {
    node: process.version,
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    /** Of the whole machine before the bench began: whoever works beside it lengthens its tails. */
    loadBefore,
    pinning: isPinned ? 'the server alone on the first core, all else on the second' : 'not pinned',
    postgres: 'embedded, with the load',
  }
  if (flags.json) console.log(JSON.stringify({ bench: 'voice', machine, rows }, null, 2))
  else {
    const { processor, cores, node, pinning } = machine
    console.log(`voice, ${processor}, ${cores} cores, Node ${node}, load before ${loadBefore.toFixed(2)}; ${pinning}`)
    for (const row of rows) console.log(printRow(row))
  }
}
