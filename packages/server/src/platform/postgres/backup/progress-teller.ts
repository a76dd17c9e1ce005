import type { TableProgress } from './backup-format.ts'

export type OnProgress = (progress: TableProgress, isEnd: boolean) => void

/** A line every so often: on a slow disk this takes a few seconds. */
const everyBytes = 64 * 1024 * 1024

/** Tells how far one table is: at its end, and in between where it is large. */
export class ProgressTeller {
  readonly #tell: OnProgress | undefined
  #toldBytes = 0

  constructor(tell: OnProgress | undefined) {
    this.#tell = tell
  }

  at(progress: TableProgress): void {
    if (progress.bytes - this.#toldBytes < everyBytes) return
    this.#toldBytes = progress.bytes
    this.#tell?.(progress, false)
  }

  end(progress: TableProgress): void {
    this.#tell?.(progress, true)
  }
}
