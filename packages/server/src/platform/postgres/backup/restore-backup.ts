/**
 * Threat: a restore ends with less than the backup held, with walls that are not those of this build, or half done, and a
 * server serves on it.
 * Rule: the order below; each line is asked before the next begins.
 * On failure: StartupRefusal. Before the mark nothing was changed; after it the database refuses to be started, migrated
 * and copied until a restore has ended.
 *
 * the whole file is read and judged -> its ledger is the beginning of ours -> no other restore runs -> [the database is empty, or a restore was not
 * finished: emptied] marked -> roles and files -> schema of the file's ledger -> rows, compared and checked, in one
 * transaction -> migrated to this build, rights and revokes of this database -> every rule of the boundary -> recorded -> mark
 * taken away
 *
 * What is missing on purpose: persons who were erased after the backup was made are to be erased again, from a journal
 * outside the database (evidence-and-privacy 6). This build cannot erase a person and keeps no such journal. Where there
 * is one, it is replayed before the rules of the boundary are asked, while the mark still stands.
 */
import type { ClientBase } from 'pg'
import { StartupRefusal } from '../../../kernel/startup-refusal.ts'
import { asLogin } from '../as-login.ts'
import { assertBoundary } from '../assert-boundary.ts'
import { openDatabase } from '../database.ts'
import { type DatabaseAddress, parseAdminUrl } from '../database-address.ts'
import { extendedQuery } from '../extended-query.ts'
import { actAsOwner, makeSchema } from '../make-schema.ts'
import { migrate } from '../migrate.ts'
import { type LoginFiles, prepareServer } from '../prepare-server.ts'
import { type Migration, readMigrations } from '../read-migrations.ts'
import { isRestoreUnfinished, markRestore, unmarkRestore } from '../unfinished-restore.ts'
import type { BackupManifest } from './backup-format.ts'
import { copySettings } from './copy-settings.ts'
import { loadTables } from './load-tables.ts'
import type { OnProgress } from './progress-teller.ts'
import { readBackup } from './read-backup.ts'

export type RestoreOptions = LoginFiles & {
  /** An administrator's URL, with user and password. */
  readonly adminUrl: string
  /** What the file is called in refusals. */
  readonly name: string
  /** Opens the file from its beginning; called twice. */
  readonly open: () => AsyncIterator<Uint8Array>
  /** Judges the keys that the backup was made beside; what it throws ends the restore before anything was changed. */
  readonly judgeKeys?: (keys: BackupManifest['keys']) => void
  readonly onProgress?: OnProgress
  /** Called when every rule holds and the mark still stands; what it throws leaves it standing. */
  readonly record?: (restored: Restored) => Promise<void>
}

export type Restored = {
  readonly address: DatabaseAddress
  readonly manifest: BackupManifest
  readonly rows: number
  /** Steps of this build that the backup did not have yet. */
  readonly migrated: readonly string[]
  /** What an operator should know nevertheless, as a start says it. */
  readonly notices: readonly string[]
}

export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { address, login } = parseAdminUrl(options.adminUrl)
  const manifest = await readBackup(options.name, options.open())
  options.judgeKeys?.(manifest.keys)
  const migrations = beginningOf(await readMigrations(), manifest, options.name)
  return asLogin(address, login, async (client) => {
    await refuseSecond(client)
    return restoreAlone(options, { manifest, migrations })
  })
}

/** Held by this connection until the restore has ended: a second one would empty what the first has loaded, and take its mark. */
async function refuseSecond(client: ClientBase): Promise<void> {
  const { rows } = await extendedQuery<{ alone: boolean }>(
    client,
    "select pg_try_advisory_lock(hashtext('hyponema restore')) as alone",
  )
  if (rows[0]?.alone === true) return
  throw new StartupRefusal('Another restore into this database is running; wait until it has ended.')
}

async function restoreAlone(
  options: RestoreOptions,
  { manifest, migrations }: { manifest: BackupManifest; migrations: readonly Migration[] },
): Promise<Restored> {
  const { address, login } = parseAdminUrl(options.adminUrl)
  const { ensured, wasUnfinished } = await asLogin(address, login, async (client) => {
    const unfinished = await isRestoreUnfinished(client)
    if (!unfinished) await refuseOccupied(client, address)
    await markRestore(client)
    return { ...(await prepareServer(client, options)), wasUnfinished: unfinished }
  })
  const { migrator } = ensured.admin
  if (wasUnfinished) await asLogin(address, migrator, removeRemains, actAsOwner)
  await makeSchema(address, migrator, migrations)
  const rows = await asLogin(
    address,
    migrator,
    async (client) => {
      const loaded = await loadTables(client, { ...options, bytes: options.open() })
      await forgetFacts(client)
      return loaded
    },
    { options: `${actAsOwner.options} ${copySettings}` },
  )
  const { applied, logins } = await migrate({ ...options, duringRestore: true })
  const notices = await judge(address, logins)
  const restored: Restored = { address, manifest, rows, migrated: applied, notices }
  await options.record?.(restored)
  await asLogin(address, login, unmarkRestore)
  return restored
}

/** The steps of this build that the file's ledger has. */
function beginningOf(known: readonly Migration[], manifest: BackupManifest, name: string): readonly Migration[] {
  for (const [index, step] of manifest.migrations.entries()) {
    const ours = known[index]
    if (ours === undefined)
      throw new StartupRefusal(
        `${name} has migration ${step.name}, which this build does not know; restore it with the build that made it, or a newer one.`,
      )
    if (ours.version !== step.version || ours.name !== step.name || ours.sha256 !== step.sha256)
      throw new StartupRefusal(
        `${name} was made with another ${step.name} than this build has; restore it with the build that made it.`,
      )
  }
  return known.slice(0, manifest.migrations.length)
}

const ourSchemas = ['app', 'tenant', 'identity', 'jobs', 'graphile_worker'] as const

/** Whatever an extension brought is not looked at. */
async function refuseOccupied(client: ClientBase, { host, database }: DatabaseAddress): Promise<void> {
  const { rows } = await extendedQuery<{ found: string }>(
    client,
    `select format('schema %s', nspname) as found from pg_namespace where nspname = any ($1::text[])
     union all
     select format('table %s', c.oid::regclass) from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'm', 'f') and n.nspname !~ '^(pg_|information_schema$)'
       and not exists (select 1 from pg_depend d where d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype = 'e')
     limit 1`,
    [ourSchemas],
  )
  const row = rows[0]
  if (row !== undefined)
    throw new StartupRefusal(
      `The database ${database} on ${host} is not empty (${row.found}), and a restore never mixes with what is there: name an empty one.`,
    )
}

async function removeRemains(client: ClientBase): Promise<void> {
  for (const schema of ourSchemas) await extendedQuery(client, `drop schema if exists ${schema} cascade`)
}

/** What the row said of another database: whether it had the revokes, and which build had migrated it. */
async function forgetFacts(client: ClientBase): Promise<void> {
  const { rows } = await extendedQuery<{ column: string }>(
    client,
    `select quote_ident(attname) as column from pg_attribute
     where attrelid = 'app.installation'::regclass and attname in ('revokes_applied_at', 'built_by')`,
  )
  for (const { column } of rows) await extendedQuery(client, `update app.installation set ${column} = null`)
}

async function judge(address: DatabaseAddress, logins: Parameters<typeof openDatabase>[0]['logins']) {
  const database = openDatabase({ address, logins })
  try {
    return await assertBoundary({ ...database, duringRestore: true })
  } finally {
    await database.close()
  }
}
