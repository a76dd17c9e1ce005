import type { ClientBase } from 'pg'
import { systemClock } from '../../../kernel/clock.ts'
import { idMaker } from '../../../kernel/new-id.ts'
import { type Asker, askerOn } from './asker.ts'
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
        const { sql, parameters } = insertInto(table.name, await orphan(ask, table, key.columns))
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
async function orphan(ask: Asker, table: TableInfo, columns: readonly string[]): Promise<Row> {
  const workspaceId = newId()
  const parents = new Map<string, Row>()
  for (const name of chainOf(table.root)) parents.set(name, factoryOf(name).make(workspaceId, parents))
  const row = parents.get(table.root) ?? {}
  // A key that the factory leaves empty leads to nothing either.
  const uuids = await ask<{ name: string }>(
    `select a.attname::text as name from pg_attribute a
     where a.attrelid = ('tenant.' || $1::text)::regclass and a.atttypid = 'uuid'::regtype`,
    [table.name],
  )
  const isUuid = new Set(uuids.map(({ name }) => name))
  const missing = columns
    .filter((name) => !(name in row))
    .map((name) => [name, isUuid.has(name) ? newId() : 1] as const)
  return { ...row, ...Object.fromEntries(missing) }
}
