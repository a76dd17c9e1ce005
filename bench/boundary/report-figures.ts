import { cpus } from 'node:os'
import { isPinned } from '../voice/pinned-process.ts'
import { printRow, type Row } from '../voice/report-rows.ts'

/** Prints the rows of a bench with the machine that they were found on: one line a row, or with `json` one document. */
export function reportFigures(
  bench: string,
  rows: readonly Row[],
  about: {
    readonly json: boolean
    /** The load of one minute, from before anything was started. */
    readonly loadBefore: number
    /** Its version. */
    readonly postgres: string
    /** Who has which core, where processes can be pinned. */
    readonly pinning: string
  },
): void {
  const { json, loadBefore, postgres } = about
  const machine = {
    node: process.version,
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    loadBefore,
    postgres,
    pinning: isPinned ? about.pinning : 'not pinned',
  }
  if (json) {
    console.log(JSON.stringify({ bench, machine, rows }, null, 2))
    return
  }
  const { processor, cores, node, pinning } = machine
  console.log(
    `${bench}, ${processor}, ${cores} cores, Node ${node}, PostgreSQL ${postgres}, load before ${loadBefore.toFixed(2)}; ${pinning}`,
  )
  for (const row of rows) console.log(printRow(row))
}
