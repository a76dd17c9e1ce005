import { parseArgs } from 'node:util'
import type { Config } from '../config.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { newPassword } from '../platform/crypto/new-password.ts'
import { ownCommand } from '../platform/own-command.ts'
import { makePrivateFolder } from '../platform/postgres/embedded/private-folder.ts'
import { readAdminLogins } from '../platform/postgres/logins.ts'
import { migrate } from '../platform/postgres/migrate.ts'
import { installationFiles } from './installation-files.ts'

/** `hyponema migrate URL`: creates the logins and brings the database to this build. With `--socket` the embedded one. */
export async function migrateDatabase(config: Config, args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { socket: { type: 'string' }, port: { type: 'string' }, database: { type: 'string' } },
  })
  const files = installationFiles(config.homeFolder)
  await makePrivateFolder(config.homeFolder)
  const adminUrl = values.socket === undefined ? positionals[0] : await embeddedUrl(files.admin, values)
  if (adminUrl === undefined) {
    throw new StartupRefusal(
      `Say which database: ${ownCommand('migrate postgres://ADMINISTRATOR:PASSWORD@HOST:5432/DATABASE')}.`,
    )
  }
  const done = await migrate({ adminUrl, loginsPath: files.logins, adminPath: files.admin, newPassword })
  if (values.socket !== undefined) return
  const { host, port, database } = done.address
  process.stdout.write(
    `Migrated ${database} on ${host}: ${done.applied.length} new migrations. Logins are in ${files.logins}.\n` +
      `Start with: DATABASE_URL=postgres://${host}:${port}/${database} ${ownCommand('start')}\n`,
  )
}

async function embeddedUrl(
  adminPath: string,
  values: { socket?: string | undefined; port?: string | undefined; database?: string | undefined },
): Promise<string> {
  const { superuser } = await readAdminLogins(adminPath)
  if (superuser === undefined)
    throw new StartupRefusal(`${adminPath} has no superuser; the embedded database was made by another installation.`)
  const query = new URLSearchParams({ host: values.socket ?? '' })
  const login = `${encodeURIComponent(superuser.user)}:${encodeURIComponent(superuser.password)}`
  return `postgres://${login}@localhost:${values.port ?? ''}/${values.database ?? ''}?${query.toString()}`
}
