import type { ClientBase } from 'pg'
import { systemClock } from '../../../kernel/clock.ts'
import { idMaker } from '../../../kernel/new-id.ts'
import { askerOn } from './asker.ts'
import { checkForeignKeyRows } from './foreign-key-rows.ts'
import { factoryOf, insertInto } from './planted-workspaces.ts'
import { readTables, type TableInfo } from './read-tables.ts'
import { chainOf, type Row } from './row-factories.ts'

const newId = idMaker(systemClock)

/** For each foreign key a row that leads nowhere, put there while keys are not looked at: the anti-join must find it. */
export async function orphanMutations(client: ClientBase) {
  const ask = askerOn(client)
  const done: { name: string; rules: boolean; probes: boolean; why: string }[] = []
  for (const table of await readTables(ask)) {
    for (const key of table.root === table.name ? table.foreignKeys : []) {
      await ask('begin')
      try {
        await ask('set local session_replication_role = replica')
        const { sql, parameters } = insertInto(table.name, orphan(table, key.columns))
        await ask(sql, parameters)
        const verdicts = await checkForeignKeyRows(ask)
        const probes = verdicts.some(({ check, result }) => check.includes(key.name) && result === 'leak')
        done.push({ name: `an orphan under ${key.name}`, rules: false, probes, why: 'nobody noticed' })
      } finally {
        await ask('rollback')
      }
    }
  }
  return done
}

/** A row whose parents were made up and never written. */
function orphan(table: TableInfo, columns: readonly string[]): Row {
  const workspaceId = newId()
  const parents = new Map<string, Row>()
  for (const name of chainOf(table.root)) parents.set(name, factoryOf(name).make(workspaceId, parents))
  const row = parents.get(table.root) ?? {}
  // The one kind of key that factories leave empty is a number.
  const missing: Record<string, number> = {}
  for (const column of columns.filter((name) => !(name in row))) missing[column] = 1
  return { ...row, ...missing }
}
