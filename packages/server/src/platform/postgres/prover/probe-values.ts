import { createHash } from 'node:crypto'
import type { Uuid } from '@hyponema/contract'
import { systemClock } from '../../../kernel/clock.ts'
import { idMaker } from '../../../kernel/new-id.ts'

/** Values of one row by column, as SQL parameters. */
export type Row = Readonly<Record<string, unknown>>

/** What a factory may refer to: rows of the same workspace that were made before, by table. */
export type Parents = ReadonlyMap<string, Row>

export type RowFactory = {
  /** Tables whose rows must exist first. */
  readonly needs: readonly string[]
  /** The targets of its foreign keys, where they are not exactly what it needs. */
  readonly refersTo?: readonly string[]
  readonly make: (workspaceId: Uuid, parents: Parents) => Row
}

export const newId = idMaker(systemClock)
export const hash = (): Buffer => createHash('sha256').update(newId()).digest()
export const sealed = (): Buffer => Buffer.from(`sealed:${newId()}`)
export const now = (): Date => new Date(systemClock.nowMs())
export const later = (): Date => new Date(systemClock.nowMs() + 600_000)

export function parent(parents: Parents, table: string): Row {
  const row = parents.get(table)
  if (row === undefined) throw new Error(`${table} must be made first`)
  return row
}

let lastNumber = 0

export function nextNumber(): number {
  lastNumber += 1
  return lastNumber
}
