import type { OnProgress } from '../platform/postgres/backup/progress-teller.ts'

/** One line for each table, and some in between for a large one, on standard error. */
export const tellProgress: OnProgress = ({ table, rows, bytes }, isEnd) => {
  process.stderr.write(`${isEnd ? table : `${table} ...`} ${rows} rows, ${bytes} bytes\n`)
}
