/**
 * Threat: rows that are loaded past triggers, keys and row security leave a database that breaks its own rules, or one
 * whose walls stay down.
 * Rule: one transaction of the owner, who holds every table alone: FORCE, the triggers of ours and the foreign keys are taken
 * away, rows are loaded into tables that are exactly those of the file, read back and compared by rows, bytes and hash,
 * every foreign key is asked for rows that point nowhere, and all three are put back. No superuser is needed. Under
 * FORCE the owner would see no row, and every check would pass over nothing.
 * On failure: rolled back as a whole, with the table and what was expected and found.
 *
 * Triggers stay away because they would act a second time on what they have already done (seals, the index of
 * memberships) or refuse what is old (a UUIDv7 of last month).
 */
import { pipeline } from 'node:stream/promises'
import { type ClientBase, DatabaseError } from 'pg'
import { StartupRefusal } from '../../../kernel/startup-refusal.ts'
import { extendedQuery } from '../extended-query.ts'
import { copyIn, copyOut } from '../simple-protocol.ts'
import type { BackupManifest, CopiedTable, TableEnd } from './backup-format.ts'
import { lowerWalls } from './lower-walls.ts'
import { makePartitions } from './make-partitions.ts'
import type { OnProgress } from './progress-teller.ts'
import { readBackup } from './read-backup.ts'
import { queuedJobs, readTables, type TableToCopy } from './read-tables.ts'
import { refuseContradictions, rowsOfMigrations } from './refuse-contradictions.ts'
import { TableDigest } from './table-digest.ts'

export type LoadOptions = {
  readonly name: string
  readonly bytes: AsyncIterator<Uint8Array>
  readonly onProgress?: OnProgress
}

/** `client` acts as the owner, on a database that has the schema of the file's ledger and no rows. Resolves to how many were loaded. */
export async function loadTables(client: ClientBase, options: LoadOptions): Promise<number> {
  await extendedQuery(client, 'BEGIN')
  try {
    const rows = await load(client, options)
    await extendedQuery(client, 'COMMIT')
    return rows
  } catch (error) {
    // The connection may be what failed; then the server rolls back by itself.
    await extendedQuery(client, 'ROLLBACK').catch(() => undefined)
    throw error
  }
}

async function load(client: ClientBase, { name, bytes, onProgress }: LoadOptions): Promise<number> {
  let tables: ReadonlyMap<string, TableToCopy> = new Map()
  let raise: () => Promise<void> = () => Promise.resolve()
  let rows = 0
  await readBackup(name, bytes, {
    manifest: async (manifest) => {
      await makePartitions(client, manifest)
      tables = await sameTables(client, manifest)
      raise = await lowerWalls(client, namesOf(tables))
      await extendedQuery(client, `create table ${restoredJobs} (task text, payload text, job_key text)`)
    },
    table: async (table, chunks) => {
      const target = found(tables, table)
      if (rowsOfMigrations.includes(target.name)) return
      // What a step has put there itself stands in the file as well.
      if (target.name !== queuedJobs.name) await extendedQuery(client, `delete from ${target.name}`)
      await pipeline(chunks, copyIn(client, target.copy)).catch((error: unknown) => {
        throw refusedRow(target, error)
      })
    },
    tableEnd: async (table, end) => {
      const target = found(tables, table)
      await compare(client, target, end)
      // Without it the planner would know nothing of these rows until the server looks at them by itself.
      if (target.name !== queuedJobs.name) await extendedQuery(client, `analyze ${target.name}`)
      rows += end.rows
      onProgress?.(end, true)
    },
  })
  await refuseContradictions(client, new Set(tables.keys()))
  await raise()
  await enqueueAgain(client)
  return rows
}

/** What the database says names the rule and not the row. What is no answer of the database is told as it is. */
function refusedRow({ name }: CopiedTable, error: unknown): unknown {
  if (!(error instanceof DatabaseError) || !/^2[23]/.test(error.code ?? '')) return error
  return new StartupRefusal(
    `${name} does not take a row of the backup (${error.message}); the backup was not written by a build of ours, and nothing was kept.`,
    { cause: error },
  )
}

const restoredJobs = 'app.restored_jobs'

function found(tables: ReadonlyMap<string, TableToCopy>, { name }: CopiedTable): TableToCopy {
  const table = tables.get(name)
  if (table === undefined) throw new RangeError(`${name} was compared before and is gone`)
  return table
}

function namesOf(tables: ReadonlyMap<string, TableToCopy>): readonly string[] {
  return [...tables.keys()].filter((name) => name !== queuedJobs.name)
}

/** The same ledger makes the same tables, so a difference is a file that was written by hand. Names go on from the catalogue only. */
async function sameTables(client: ClientBase, manifest: BackupManifest): Promise<ReadonlyMap<string, TableToCopy>> {
  const here = await readTables(client)
  const shape = ({ name, columns }: CopiedTable): string =>
    `${name} (${columns.map((column) => `${column.name} ${column.type}`).join(', ')})`
  const wanted = manifest.tables.map(shape)
  const difference = here.map(shape).findIndex((one, index) => one !== wanted[index])
  if (difference !== -1 || wanted.length !== here.length) {
    const at = difference === -1 ? here.length : difference
    throw new StartupRefusal(
      `The backup has ${wanted[at] ?? 'no more tables'} where its migrations make ${here.map(shape)[at] ?? 'no more'}; it was not written by a build of ours.`,
    )
  }
  return new Map(here.map((table) => [table.name, table]))
}

/** What was loaded is read back and must be, byte for byte, what the file holds. */
async function compare(client: ClientBase, table: TableToCopy, expected: TableEnd): Promise<void> {
  const digest = new TableDigest(table.name)
  const copy =
    table.name === queuedJobs.name
      ? {
          ...table.copy,
          select: `select task, payload, job_key from ${restoredJobs}
            order by task collate "C", payload collate "C", job_key collate "C"`,
        }
      : table.copy
  for await (const chunk of copyOut(client, copy)) digest.add(Buffer.from(chunk))
  const read = digest.end()
  for (const part of ['rows', 'bytes', 'sha256'] as const) {
    if (read[part] !== expected[part] && rowsOfMigrations.includes(table.name))
      throw new StartupRefusal(
        `${table.name} has other rows than its migrations make; the backup was not written by a build of ours, and nothing was kept.`,
      )
    if (read[part] !== expected[part])
      throw new StartupRefusal(
        `${table.name} was loaded with ${part} ${read[part]} where the backup has ${expected[part]}; nothing was kept.`,
      )
  }
}

/** Through the library's own function, which knows its tables; `replace` makes one of two with the same key. */
async function enqueueAgain(client: ClientBase): Promise<void> {
  await extendedQuery(
    client,
    `select graphile_worker.add_job(identifier => task, payload => payload::json, job_key => job_key) from ${restoredJobs}`,
  )
  await extendedQuery(client, `drop table ${restoredJobs}`)
}
