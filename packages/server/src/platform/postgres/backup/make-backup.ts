/**
 * Copies an installation's rows into one file while it serves.
 *
 * lock the tables against changes of their shape -> one snapshot -> ledger, list of tables -> each table by COPY -> end
 *
 * The locks (ACCESS SHARE, what every SELECT takes) come before the snapshot: a partition that was dropped, or a step that
 * was applied between the two, would be missing from what the snapshot is read through. Nobody who writes rows waits.
 */
import type { ClientBase } from 'pg'
import { StartupRefusal } from '../../../kernel/startup-refusal.ts'
import { ownCommand } from '../../own-command.ts'
import { asLogin } from '../as-login.ts'
import type { DatabaseAddress } from '../database-address.ts'
import { extendedQuery } from '../extended-query.ts'
import type { Login } from '../logins.ts'
import { copyOut } from '../simple-protocol.ts'
import { isRestoreUnfinished, unfinishedRestore } from '../unfinished-restore.ts'
import { type BackupManifest, formatVersion, type KeyFingerprint, type TableEnd } from './backup-format.ts'
import { BlockWriter, type WriteBytes } from './block-writer.ts'
import { copySettings } from './copy-settings.ts'
import { type OnProgress, ProgressTeller } from './progress-teller.ts'
import { queuedJobs, readTables, type TableToCopy } from './read-tables.ts'
import { TableDigest } from './table-digest.ts'

export type BackupOptions = {
  readonly address: DatabaseAddress
  /** hyponema_backup, the one login that sees the rows of every workspace. */
  readonly login: Login
  readonly keys: readonly KeyFingerprint[]
  readonly onProgress?: OnProgress
}

/** Hands the bytes of the file to `write`, piece by piece. Resolves to how many rows there are. */
export function makeBackup(options: BackupOptions, write: WriteBytes): Promise<number> {
  return asLogin(
    options.address,
    options.login,
    async (client) => {
      if (await isRestoreUnfinished(client)) throw unfinishedRestore()
      await refuseBlindness(client)
      return writeAll(client, await beginSnapshot(client), options, new BlockWriter(write))
    },
    // With row_security off a login that a policy would bind gets an error instead of fewer rows.
    { options: `${copySettings} -c row_security=off` },
  )
}

async function writeAll(
  client: ClientBase,
  tables: readonly TableToCopy[],
  options: BackupOptions,
  writer: BlockWriter,
): Promise<number> {
  await writer.begin()
  await writer.json('M', await describe(client, options.keys, tables))
  let rows = 0
  for (const table of tables) {
    rows += (await writeTable(client, table, writer, new ProgressTeller(options.onProgress))).rows
  }
  await writer.finish()
  return rows
}

async function writeTable(
  client: ClientBase,
  table: TableToCopy,
  writer: BlockWriter,
  progress: ProgressTeller,
): Promise<TableEnd> {
  await writer.json('T', { table: table.name })
  const digest = new TableDigest(table.name)
  for await (const chunk of copyOut(client, table.copy)) {
    const bytes = Buffer.from(chunk)
    digest.add(bytes)
    progress.at({ table: table.name, rows: digest.rows, bytes: digest.bytes })
    await writer.data(bytes)
  }
  await writer.flushData()
  const end = digest.end()
  await writer.json('E', end)
  progress.end(end)
  return end
}

async function refuseBlindness(client: ClientBase): Promise<void> {
  const { rows } = await extendedQuery<{ sees: boolean }>(
    client,
    'select rolbypassrls or rolsuper as sees from pg_catalog.pg_roles where rolname = current_user',
  )
  if (rows[0]?.sees === true) return
  throw new StartupRefusal(
    'hyponema_backup does not see all rows here, because BYPASSRLS can be given by a superuser only: on a managed server take the snapshot of its provider. On one of your own run ' +
      `\`${ownCommand('migrate URL')}\` with a superuser's URL first.`,
  )
}

/** LOCK takes no snapshot, so the one that the list of tables takes after it is younger than the locks. */
async function beginSnapshot(client: ClientBase): Promise<readonly TableToCopy[]> {
  const before = namesOf(await readTables(client))
  await extendedQuery(client, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
  await extendedQuery(client, `LOCK TABLE app.schema_migrations, ${before} IN ACCESS SHARE MODE`)
  const tables = await readTables(client)
  if (namesOf(tables) === before) return tables
  throw new StartupRefusal('The database was migrated while its backup began; nothing was written, run it again.')
}

function namesOf(tables: readonly TableToCopy[]): string {
  return tables
    .filter(({ name }) => name !== queuedJobs.name)
    .map(({ name }) => name)
    .join(', ')
}

async function describe(
  client: ClientBase,
  keys: readonly KeyFingerprint[],
  tables: readonly TableToCopy[],
): Promise<BackupManifest> {
  const { rows } = await extendedQuery<{ made_at: string; database: string; server_version: string }>(
    client,
    `select to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as made_at,
       current_database()::text as database, current_setting('server_version') as server_version`,
  )
  const facts = rows[0]
  if (facts === undefined) throw new RangeError('the server does not say what it is')
  const ledger = await extendedQuery<BackupManifest['migrations'][number]>(
    client,
    'select version, name, sha256 from app.schema_migrations order by version',
  )
  return {
    format: formatVersion,
    ...facts,
    migrations: ledger.rows,
    keys: [...keys],
    tables: tables.map(({ name, columns, partitions }) => ({ name, columns, partitions })),
  }
}
