import type { ClientBase } from 'pg'
import { StartupRefusal } from '../../kernel/startup-refusal.ts'
import { ownCommand } from '../own-command.ts'
import { extendedQuery } from './extended-query.ts'
import type { AdminLogins, Login, Logins } from './logins.ts'
import { adminRoles, ownerRole, searchRole, servingRoles } from './roles.ts'

export type EnsuredRoles = {
  readonly logins: Logins
  readonly admin: AdminLogins & { readonly migrator: Login }
  /** False where the administrator may not hand out BYPASSRLS; then backup is the provider's snapshot. */
  readonly backupSeesAllRows: boolean
}

const plain = 'NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT'

/**
 * Creates the roles that are missing and puts the attributes of the others right. A password that is known from the
 * files is set again, an unknown one is generated, so that files and server agree afterwards.
 */
export async function ensureRoles(
  client: ClientBase,
  options: { known: Partial<Logins>; knownAdmin: AdminLogins; newPassword: () => string; isSuperuser: boolean },
): Promise<EnsuredRoles> {
  const existing = await existingRoles(client)
  // Even to take an attribute away that is not there needs a superuser; anybody else leaves an existing role's alone.
  const put = (role: string, attributes: string) => {
    const exists = existing.has(role)
    const all = exists && !options.isSuperuser ? attributes : `${plain} ${attributes}`
    return extendedQuery(client, `${exists ? 'ALTER' : 'CREATE'} ROLE ${role} WITH ${all}`)
  }
  const ensure = async (user: string, known: Login | undefined): Promise<Login> => {
    const login = { user, password: known?.user === user ? known.password : options.newPassword() }
    await put(user, `LOGIN PASSWORD '${literalPassword(login.password)}'`)
    return login
  }
  await put(ownerRole, 'NOLOGIN')
  await put(searchRole, 'NOLOGIN')
  const { known, knownAdmin } = options
  const logins = {
    app: await ensure(servingRoles.app, known.app),
    worker: await ensure(servingRoles.worker, known.worker),
    auth: await ensure(servingRoles.auth, known.auth),
    sealer: await ensure(servingRoles.sealer, known.sealer),
  }
  const migrator = await ensure(adminRoles.migrator, knownAdmin.migrator)
  const backup = await ensure(adminRoles.backup, knownAdmin.backup)
  await extendedQuery(client, `GRANT ${ownerRole} TO ${adminRoles.migrator}`)
  const backupSeesAllRows = await allowBackup(client, options.isSuperuser)
  return { logins, admin: { ...knownAdmin, migrator, backup }, backupSeesAllRows }
}

async function allowBackup(client: ClientBase, isSuperuser: boolean): Promise<boolean> {
  if (!isSuperuser) return false
  await extendedQuery(client, `ALTER ROLE ${adminRoles.backup} WITH BYPASSRLS`)
  return true
}

async function existingRoles(client: ClientBase): Promise<ReadonlySet<string>> {
  const { rows } = await extendedQuery<{ rolname: string }>(
    client,
    "select rolname::text from pg_roles where rolname ~ '^hyponema_'",
  )
  return new Set(rows.map((row) => row.rolname))
}

/** A role's password cannot be a parameter. Ours are letters and digits; anything else is not put into SQL. */
function literalPassword(password: string): string {
  if (/^[A-Za-z0-9_-]{16,200}$/.test(password)) return password
  throw new StartupRefusal(
    `A password in logins.json or admin.json is not one of ours; delete the file and run \`${ownCommand('migrate URL')}\` again.`,
  )
}
