import type { Uuid } from '@hyponema/contract'
import type { Asker } from './asker.ts'
import { factoryOf, insertInto } from './planted-workspaces.ts'
import { chainOf, type Row } from './row-factories.ts'

/** One workspace with a row in each of the tables, by table. */
export type Furnished = { readonly workspaceId: Uuid; readonly rows: ReadonlyMap<string, Row> }

/** `ask` must be allowed to insert everywhere. */
export async function furnish(ask: Asker, workspaceId: Uuid, roots: readonly string[]): Promise<Furnished> {
  const rows = new Map<string, Row>()
  for (const table of parentsFirst(roots)) {
    const row = factoryOf(table).make(workspaceId, rows)
    const { sql, parameters } = insertInto(table, row)
    await ask(sql, parameters)
    rows.set(table, row)
  }
  return { workspaceId, rows }
}

/** The tables in an order in which their rows can be made. */
export function parentsFirst(roots: readonly string[]): readonly string[] {
  return [...new Set(roots.flatMap(chainOf))]
}
