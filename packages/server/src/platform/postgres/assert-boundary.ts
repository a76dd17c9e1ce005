/**
 * Threat: a server serves on a database whose walls were never built, were taken down, or were lost in a restore.
 * Rule: before serving, every condition of data-boundary 1 is asked of this database, in this database.
 * On failure: StartupRefusal with what was found and what to run. Nothing is served. On a managed server, where the
 * revokes are impossible, their findings are returned as notices instead.
 */
import { StartupRefusal } from '../../kernel/startup-refusal.ts'
import { ownCommand } from '../own-command.ts'
import { askAllAs } from './ask-all-as.ts'
import { askAs } from './ask-as.ts'
import type { Database } from './database.ts'
import { everyRule } from './every-rule.ts'
import type { LoginPool } from './login-pool.ts'
import { oldestServerVersion, oldServer } from './old-server.ts'
import { type Migration, readMigrations } from './read-migrations.ts'
import { servingRoles } from './roles.ts'
import { isUnavailable } from './sql-state.ts'
import { unfinishedRestore, unfinishedRestoreQuestion } from './unfinished-restore.ts'

export type BoundaryFinding = { readonly rule: string; readonly finding: string; readonly refuses: boolean }

/**
 * Throws StartupRefusal unless every condition holds. Returns what an operator should know nevertheless. `duringRestore` is
 * set by the restore that has marked the database and asks before it takes the mark away.
 */
export async function assertBoundary(
  database: Pick<Database, 'logins' | 'address'> & { readonly duringRestore?: true },
): Promise<readonly string[]> {
  await checkLogins(database)
  if (database.duringRestore !== true) await refuseUnfinishedRestore(database.logins.app)
  await checkMigrations(database.logins.app, await readMigrations())
  const findings = await inspectBoundary(database.logins.app)
  const refusals = findings.filter(({ refuses }) => refuses)
  if (refusals.length > 0) {
    const shown = refusals.slice(0, 5).map(({ finding }) => finding)
    const more = refusals.length > shown.length ? ` and ${refusals.length - shown.length} more` : ''
    throw new StartupRefusal(
      `The data boundary does not hold: ${shown.join('; ')}${more}; undo it, or run \`${ownCommand('migrate URL')}\` with an administrator's URL, which puts roles and revokes right.`,
    )
  }
  return findings.length === 0
    ? []
    : [
        'This server does not allow the revokes: row security protects against forgotten conditions, not against injected SQL.',
      ]
}

/** Every finding of every rule. Read-only; also what the isolation suite and the prover's static part run. */
export async function inspectBoundary(login: LoginPool): Promise<readonly BoundaryFinding[]> {
  const installation = await askAs<{ revoked: boolean }>(
    login,
    'select revokes_applied_at is not null as revoked from app.installation',
  )
  const managed = installation[0]?.revoked !== true
  const answers = await askAllAs<{ finding: string }>(login, everyRule)
  return everyRule.flatMap((rule, index) => {
    const refuses = !(managed && rule.needsSuperuser === true)
    return (answers[index] ?? []).map(({ finding }) => ({ rule: rule.name, finding, refuses }))
  })
}

async function refuseUnfinishedRestore(login: LoginPool): Promise<void> {
  const { sql, parameters } = unfinishedRestoreQuestion
  const [row] = await askAs<{ unfinished: boolean }>(login, sql, parameters)
  if (row?.unfinished === true) throw unfinishedRestore()
}

/** Each file entry must connect, be the role it is for, and be nobody else. */
async function checkLogins({ logins, address }: Pick<Database, 'logins' | 'address'>): Promise<void> {
  const named = [
    ['app', logins.app],
    ['worker', logins.worker],
    ['auth', logins.auth],
    ['sealer', logins.sealer],
  ] as const
  // All at once; of several that are wrong the first in the list is told.
  const answers = await Promise.allSettled(named.map(([, login]) => connectAs(login, address)))
  for (const [index, [name]] of named.entries()) {
    const wanted = servingRoles[name]
    const answer = answers[index]
    if (answer?.status === 'rejected') throw answer.reason
    const row = answer?.value[0]
    if (row === undefined || row.session !== wanted || row.acting !== wanted) {
      throw new StartupRefusal(
        `The login for ${name} is ${row?.session ?? 'unknown'} and not ${wanted}; run \`${ownCommand('migrate URL')}\` to make logins.json anew.`,
      )
    }
    if (row.version < oldestServerVersion) throw new StartupRefusal(oldServer(row.shown))
  }
}

async function connectAs(login: LoginPool, address: Database['address']) {
  try {
    return await askAs<{ session: string; acting: string; version: number; shown: string }>(
      login,
      `select session_user::text as session, current_user::text as acting,
         current_setting('server_version_num')::int as version, current_setting('server_version') as shown`,
    )
  } catch (error) {
    const why = error instanceof Error && error.message !== '' ? error.message : 'no answer'
    throw new StartupRefusal(
      `The database at ${address.host}:${address.port}/${address.database} cannot be reached as ${login.user}: ${why}; check DATABASE_URL and that the server runs.`,
      { cause: error },
    )
  }
}

async function checkMigrations(login: LoginPool, migrations: readonly Migration[]): Promise<void> {
  const rows = await readLedger(login)
  const applied = new Map(rows.map((row) => [row.version, row]))
  const missing = migrations.filter(({ version }) => !applied.has(version))
  if (missing.length > 0) {
    throw new StartupRefusal(
      `The database misses ${missing.map(({ name }) => name).join(', ')}; run \`${ownCommand('migrate URL')}\` with an administrator's URL.`,
    )
  }
  const changed = migrations.find(
    ({ version, name, sha256 }) => applied.get(version)?.sha256 !== sha256 || applied.get(version)?.name !== name,
  )
  if (changed !== undefined)
    throw new StartupRefusal(
      `Migration ${changed.name} was applied with another content; use the build that made this database.`,
    )
  const newer = rows.find(({ version }) => version > migrations.length)
  if (newer !== undefined)
    throw new StartupRefusal(
      `The database has migration ${newer.name}, which this build does not know; start a newer build.`,
    )
}

async function readLedger(login: LoginPool) {
  try {
    return await askAs<{ version: number; name: string; sha256: string }>(
      login,
      'select version, name, sha256 from app.schema_migrations order by version',
    )
  } catch (error) {
    if (isUnavailable(error)) throw error
    throw new StartupRefusal(
      `The database has no schema of ours; run \`${ownCommand('migrate URL')}\` with an administrator's URL.`,
      { cause: error },
    )
  }
}
