import type pg from 'pg'
import { StartupRefusal } from '../../kernel/startup-refusal.ts'
import { writeSecretFile } from '../crypto/write-secret-file.ts'
import { ownCommand } from '../own-command.ts'
import { type EnsuredRoles, ensureRoles } from './ensure-roles.ts'
import { extendedQuery } from './extended-query.ts'
import { readAdminLogins, readLoginsIfPresent } from './logins.ts'
import { oldestServerVersion, oldServer } from './old-server.ts'
import { readEveryTime } from './run-every-time.ts'
import { runOwnScript } from './simple-protocol.ts'

/** Where the passwords lie, and how one that is missing is made. */
export type LoginFiles = {
  readonly loginsPath: string
  readonly adminPath: string
  /** 16 to 200 letters, digits, `_` and `-`, at random. */
  readonly newPassword: () => string
}

export type PreparedServer = { readonly ensured: EnsuredRoles; readonly isSuperuser: boolean }

/** What a migrate does as the administrator before anything of ours is in the database: version, roles, files, rights. */
export async function prepareServer(client: pg.Client, files: LoginFiles): Promise<PreparedServer> {
  const isSuperuser = await checkServer(client)
  await extendedQuery(client, 'BEGIN')
  try {
    if (isSuperuser) await lockRoles(client)
    const known = (await readLoginsIfPresent(files.loginsPath)) ?? {}
    const knownAdmin = await readAdminLogins(files.adminPath)
    const ensured = await ensureRoles(client, { known, knownAdmin, newPassword: files.newPassword, isSuperuser })
    await writeSecretFile(files.loginsPath, `${JSON.stringify(ensured.logins, undefined, 2)}\n`)
    await writeSecretFile(files.adminPath, `${JSON.stringify(ensured.admin, undefined, 2)}\n`)
    await runOwnScript(client, await readEveryTime('database-rights.sql'))
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
