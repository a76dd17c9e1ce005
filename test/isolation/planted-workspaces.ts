import type { Uuid } from '@hyponema/contract'
import type { LoginPool } from '../../packages/server/src/platform/postgres/login-pool.ts'
import { chainOf, type Row, rowFactories } from './row-factories.ts'
import { ask, newId } from './scratch-database.ts'

/**
 * One workspace with exactly one row in the table (`full`) or with none (`empty`, where `row` is the one that would fit),
 * and what such a row needs. Nothing refers to the row.
 */
export type Planted = { readonly workspaceId: Uuid; readonly row: Row; readonly fresh: () => Row }

export async function plant(admin: LoginPool, table: string, how: 'full' | 'empty'): Promise<Planted> {
  const workspaceId = newId()
  const parents = new Map<string, Row>()
  for (const name of chainOf(table)) {
    const row = rowFactories[name]?.make(workspaceId, parents)
    if (row === undefined)
      throw new Error(`tenant.${name} has no row factory in test/isolation/row-factories.ts; add one`)
    if (name !== table || how === 'full') {
      const { sql, parameters } = insertInto(name, row)
      await ask(admin, sql, parameters)
    }
    parents.set(name, row)
  }
  const row = parents.get(table)
  const factory = rowFactories[table]
  if (row === undefined || factory === undefined)
    throw new Error(`tenant.${table} has no row factory in test/isolation/row-factories.ts; add one`)
  return { workspaceId, row, fresh: () => factory.make(workspaceId, parents) }
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
