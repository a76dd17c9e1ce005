import type { Uuid } from '@hyponema/contract'
import { systemClock } from '../../../kernel/clock.ts'
import { idMaker } from '../../../kernel/new-id.ts'
import type { Asker } from './asker.ts'
import { chainOf, type Row, type RowFactory, rowFactories } from './row-factories.ts'

/**
 * One workspace with exactly one row in the table (`full`) or with none (`empty`, where `row` is the one that would fit),
 * and what such a row needs. Nothing refers to the row.
 */
export type Planted = { readonly workspaceId: Uuid; readonly row: Row; readonly fresh: () => Row }

/** Thrown for a table that nobody told us how to fill: a failure of the prover, never a skip. */
export class NoRowFactory extends Error {
  constructor(table: string) {
    super(`tenant.${table} has no row factory; add one to platform/postgres/prover/row-factories.ts`)
  }
}

const newId = idMaker(systemClock)

/** `ask` must be allowed to insert everywhere. */
export async function plant(ask: Asker, table: string, how: 'full' | 'empty'): Promise<Planted> {
  const workspaceId = newId()
  const parents = new Map<string, Row>()
  for (const name of chainOf(table)) {
    const row = factoryOf(name).make(workspaceId, parents)
    if (name !== table || how === 'full') {
      const { sql, parameters } = insertInto(name, row)
      await ask(sql, parameters)
    }
    parents.set(name, row)
  }
  const factory = factoryOf(table)
  const row = parents.get(table) ?? factory.make(workspaceId, parents)
  return { workspaceId, row, fresh: () => factory.make(workspaceId, parents) }
}

/** What fills a table; throws NoRowFactory where nobody has said. */
export function factoryOf(table: string): RowFactory {
  const factory = rowFactories[table]
  if (factory === undefined) throw new NoRowFactory(table)
  return factory
}

export type Statement = { readonly sql: string; readonly parameters: readonly unknown[] }

export function insertInto(table: string, row: Row, suffix = ''): Statement {
  const columns = Object.keys(row)
  const places = columns.map((_column, index) => `$${index + 1}`)
  return {
    sql: `insert into tenant.${table} (${columns.join(', ')}) values (${places.join(', ')}) ${suffix}`,
    parameters: Object.values(row),
  }
}
