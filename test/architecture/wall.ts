import type { Source } from './source.ts'

export type Violation = {
  readonly path: string
  readonly line: number
  /** What stands there and what to do instead, in one sentence. */
  readonly found: string
}

/** A small tree of files that is not in the repository: one that breaks the wall, or one that only looks like it. */
export type Sample = {
  readonly name: string
  readonly files: Readonly<Record<string, string>>
}

export type Planted = Sample & {
  /** The files in which the violation must be found, and no other. */
  readonly at: readonly string[]
}

export type Wall = {
  readonly name: string
  readonly check: (sources: readonly Source[]) => readonly Violation[]
  readonly planted: readonly Planted[]
  readonly innocent: readonly Sample[]
}
