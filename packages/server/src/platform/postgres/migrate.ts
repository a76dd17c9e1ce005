/**
 * Brings a database to this build: roles and passwords, the job tables, every missing migration, and the revokes that
 * hold per database. Run again it changes nothing.
 *
 * administrator: version, roles, rights on the database -> files written -> migrator: ledger, job tables, migrations ->
 * administrator: the search index to its owner, revokes, and what this build is. The password files are written before anything that needs them, so that a killed run leaves
 * files and server in agreement.
 */
import type pg from 'pg'
import { asLogin } from './as-login.ts'
import { buildDigest } from './build-digest.ts'
import { type DatabaseAddress, parseAdminUrl } from './database-address.ts'
import { extendedQuery } from './extended-query.ts'
import { handOverSearch } from './hand-over-search.ts'
import type { Logins } from './logins.ts'
import { makeSchema } from './make-schema.ts'
import { type LoginFiles, prepareServer } from './prepare-server.ts'
import { readMigrations } from './read-migrations.ts'
import { runEveryTime } from './run-every-time.ts'
import { isRestoreUnfinished, unfinishedRestore } from './unfinished-restore.ts'

export type MigrateOptions = LoginFiles & {
  /** An administrator's URL, with user and password. */
  readonly adminUrl: string
  /** Another folder of migrations, for tests. */
  readonly folder?: string
  /** Set by the restore that has marked the database itself. */
  readonly duringRestore?: true
}

export type Migrated = {
  readonly address: DatabaseAddress
  readonly logins: Logins
  readonly applied: readonly string[]
  /** False on a managed server: forgotten conditions are caught there, injected set_config is not. */
  readonly revokesApplied: boolean
}

export async function migrate(options: MigrateOptions): Promise<Migrated> {
  const { address, login } = parseAdminUrl(options.adminUrl)
  const migrations = await readMigrations(options.folder)
  const prepared = await asLogin(address, login, async (client) => {
    if (options.duringRestore !== true && (await isRestoreUnfinished(client))) throw unfinishedRestore()
    return prepareServer(client, options)
  })
  const applied = await makeSchema(address, prepared.ensured.admin.migrator, migrations)
  const revokesApplied = await asLogin(address, login, async (client) => {
    await handOverSearch(client)
    if (!(await applyRevokes(client, prepared.isSuperuser))) return false
    // Steps from another folder are a test's, and no build of ours.
    if (options.folder === undefined) await recordBuild(client)
    return true
  })
  return { address, logins: prepared.ensured.logins, applied, revokesApplied }
}

/** Needs a superuser: the functions belong to the server. The fact is recorded, so that a restore without it is noticed. */
async function applyRevokes(client: pg.Client, isSuperuser: boolean): Promise<boolean> {
  if (!isSuperuser) return false
  await runEveryTime(client, 'revokes.sql')
  return true
}

/** The last thing that a migrate does, so whoever reads it knows that all the rest was done. */
async function recordBuild(client: pg.Client): Promise<void> {
  await extendedQuery(client, 'update app.installation set built_by = $1', [await buildDigest()])
}
