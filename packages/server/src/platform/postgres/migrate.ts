/**
 * Brings a database to this build: roles and passwords, the job tables, every missing migration, and the revokes that
 * hold per database. Run again it changes nothing.
 *
 * administrator: version, roles, rights on the database -> files written -> migrator: ledger, job tables, migrations ->
 * administrator: revokes, and what this build is. The password files are written before anything that needs them, so that a killed run leaves
 * files and server in agreement.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Logger, runMigrations } from 'graphile-worker'
import pg from 'pg'
import { StartupRefusal } from '../../kernel/startup-refusal.ts'
import { writeSecretFile } from '../crypto/write-secret-file.ts'
import { ownCommand } from '../own-command.ts'
import { applyMigrations } from './apply-migrations.ts'
import { buildDigest } from './build-digest.ts'
import { type DatabaseAddress, parseAdminUrl } from './database-address.ts'
import { ensureRoles } from './ensure-roles.ts'
import { extendedQuery } from './extended-query.ts'
import { connectionConfig } from './login-pool.ts'
import { type Login, type Logins, readAdminLogins, readLoginsIfPresent } from './logins.ts'
import { oldestServerVersion, oldServer } from './old-server.ts'
import { migrationsFolder, readMigrations } from './read-migrations.ts'
import { ownerRole } from './roles.ts'
import { runOwnScript } from './simple-protocol.ts'

const ledger = 'ledger.sql'

/** The migrator does not inherit the owner's rights; it acts as the owner from its first statement on. */
const actAsOwner = { options: `-c role=${ownerRole}` }

export type MigrateOptions = {
  /** An administrator's URL, with user and password. */
  readonly adminUrl: string
  readonly loginsPath: string
  readonly adminPath: string
  /** 16 to 200 letters, digits, `_` and `-`, at random. */
  readonly newPassword: () => string
  /** Another folder of migrations, for tests. */
  readonly folder?: string
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
  const prepared = await asLogin(address, login, (client) => prepare(client, options))
  const { migrator } = prepared.ensured.admin
  await migrateJobTables(address, migrator)
  const applied = await asLogin(
    address,
    migrator,
    async (client) => {
      await makeLedger(client)
      const names = await applyMigrations(client, migrations)
      await runEveryTime(client, 'worker-tables.sql')
      return names
    },
    actAsOwner,
  )
  const revokesApplied = await asLogin(address, login, async (client) => {
    if (!(await applyRevokes(client, prepared.isSuperuser))) return false
    // Steps from another folder are a test's, and no build of ours.
    if (options.folder === undefined) await recordBuild(client)
    return true
  })
  return { address, logins: prepared.ensured.logins, applied, revokesApplied }
}

async function prepare(client: pg.Client, options: MigrateOptions) {
  const isSuperuser = await checkServer(client)
  await extendedQuery(client, 'BEGIN')
  try {
    if (isSuperuser) await lockRoles(client)
    const known = (await readLoginsIfPresent(options.loginsPath)) ?? {}
    const knownAdmin = await readAdminLogins(options.adminPath)
    const ensured = await ensureRoles(client, { known, knownAdmin, newPassword: options.newPassword, isSuperuser })
    await writeSecretFile(options.loginsPath, `${JSON.stringify(ensured.logins, undefined, 2)}\n`)
    await writeSecretFile(options.adminPath, `${JSON.stringify(ensured.admin, undefined, 2)}\n`)
    await runOwnScript(client, await everyTime('database-rights.sql'))
    await extendedQuery(client, 'COMMIT')
    return { ensured, isSuperuser }
  } catch (error) {
    await extendedQuery(client, 'ROLLBACK')
    throw error
  }
}

/**
 * Roles belong to the whole cluster, so migrates of two databases take turns here, and the files are read after it. An
 * administrator without the right to lock may collide with another one and is then told to run again.
 */
async function lockRoles(client: pg.Client): Promise<void> {
  await extendedQuery(client, 'LOCK TABLE pg_catalog.pg_authid IN SHARE ROW EXCLUSIVE MODE')
}

/** Returns whether we are superuser. */
async function checkServer(client: pg.Client): Promise<boolean> {
  const { rows } = await extendedQuery<{ version: number; shown: string; superuser: boolean; createrole: boolean }>(
    client,
    `select current_setting('server_version_num')::int as version, current_setting('server_version') as shown,
       r.rolsuper as superuser, r.rolcreaterole as createrole
     from pg_roles r where r.rolname = current_user`,
  )
  const row = rows[0]
  if (row === undefined) throw new StartupRefusal('The database does not know the role it runs as; check the URL.')
  if (row.version < oldestServerVersion) throw new StartupRefusal(oldServer(row.shown))
  if (!row.superuser && !row.createrole) {
    throw new StartupRefusal(
      `The user in the URL can neither create roles nor is superuser; run \`${ownCommand('migrate URL')}\` with an administrator's.`,
    )
  }
  return row.superuser
}

/** IF NOT EXISTS does not keep two that run at once apart; the one that comes second finds it made. */
async function makeLedger(client: pg.Client): Promise<void> {
  const make = () => runEveryTime(client, ledger)
  await make().catch(make)
}

async function migrateJobTables(address: DatabaseAddress, migrator: Login): Promise<void> {
  // A pool, because the library wants one. Its connections act as the owner, which then owns the job tables.
  const pool = new pg.Pool({ ...connectionConfig(address, migrator), max: 1, ...actAsOwner })
  // Without listeners the library warns, and a connection that the server closes would end the process.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  try {
    await runMigrations({ pgPool: pool, logger: new Logger(() => () => {}) })
  } finally {
    await pool.end()
  }
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

async function runEveryTime(client: pg.Client, file: string): Promise<void> {
  await extendedQuery(client, 'BEGIN')
  try {
    // Two that change the same rights at once fail with "tuple concurrently updated"; the ledger makes them take turns.
    if (file !== ledger) await extendedQuery(client, 'LOCK TABLE app.schema_migrations IN ACCESS EXCLUSIVE MODE')
    await runOwnScript(client, await everyTime(file))
    await extendedQuery(client, 'COMMIT')
  } catch (error) {
    await extendedQuery(client, 'ROLLBACK')
    throw error
  }
}

function everyTime(file: string): Promise<string> {
  return readFile(join(migrationsFolder, 'every-time', file), 'utf8')
}

async function asLogin<T>(
  address: DatabaseAddress,
  login: Login,
  work: (client: pg.Client) => Promise<T>,
  extra: pg.ClientConfig = {},
): Promise<T> {
  const client = new pg.Client({ ...connectionConfig(address, login), connectionTimeoutMillis: 10_000, ...extra })
  // Without a listener a connection that the server closes would end the process.
  client.on('error', () => {})
  try {
    await client.connect()
  } catch (error) {
    throw new StartupRefusal(
      `The database at ${address.host}:${address.port}/${address.database} cannot be reached as ${login.user}: ${reason(error)}; check the URL and that the server runs.`,
      { cause: error },
    )
  }
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

function reason(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reason).join(', ')
  return error instanceof Error ? error.message : String(error)
}
