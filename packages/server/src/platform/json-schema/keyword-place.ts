import type { Check } from './check-run.ts'
import type { SchemaPattern } from './schema-pattern.ts'

/** A keyword of a schema while that is compiled. */
export type KeywordPlace = {
  readonly value: unknown
  /** The schema that it stands in. */
  readonly schema: Readonly<Record<string, unknown>>
  /** The way to the schema that it stands in. */
  readonly owner: readonly string[]
  readonly keyword: string
  /** Notes that the keyword itself, or what lies below it, is wrong. Returns undefined: there is nothing to check by. */
  readonly refuse: (detail: string, below?: readonly string[]) => undefined
  /** The check of the schema at that path from the root. It may be compiled later: it can be one that is being compiled. */
  readonly subschema: (schema: unknown, path: readonly string[]) => Check
  /** As subschema, for one that judges the same value and not a part of it: such schemas must not go in circles. */
  readonly inPlace: (schema: unknown, path: readonly string[]) => Check
  /** A text says why it is none. */
  readonly pattern: (source: string) => SchemaPattern | string
  readonly root: unknown
}

/** Undefined where there is nothing to check: the keyword was refused, or another one reads it. */
export type KeywordCompiler = (place: KeywordPlace) => Check | undefined
