import type { ChunkWriter } from './chunk-writer.ts'
import type { ReadingLimits } from './reading-limits.ts'

/** What a reader gets; `progress` is told where a type has parts that can be counted. */
export type ReadOptions = {
  readonly bytes: Buffer
  readonly writer: ChunkWriter
  readonly limits: ReadingLimits
  readonly progress: (done: number, total: number | null) => void
}

/** @returns the number of pages, null where the type has none */
export type ReadDocument = (options: ReadOptions) => Promise<number | null>
