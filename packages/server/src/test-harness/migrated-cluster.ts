import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { newPassword } from '../platform/crypto/new-password.ts'
import { administratorUrl } from '../platform/postgres/embedded/administrator-url.ts'
import type { Binaries } from '../platform/postgres/embedded/native-binaries.ts'
import { type AdminLogins, type Logins, readAdminLogins, readLogins } from '../platform/postgres/logins.ts'
import { migrate } from '../platform/postgres/migrate.ts'
import { startTestCluster, type TestCluster } from './start-test-cluster.ts'

/** What a test process needs to make databases of its own. It travels between processes as JSON. */
export type MigratedCluster = Pick<TestCluster, 'address' | 'superuser' | 'version'> & {
  readonly logins: Logins
  readonly admin: AdminLogins
}

/** A throw-away server whose `hyponema` database is migrated and serves as the template of all others. */
export async function startMigratedCluster(
  options: { binaries?: Binaries } = {},
): Promise<{ cluster: MigratedCluster; stop: () => Promise<void> }> {
  const { address, superuser, version, folder, stop } = await startTestCluster(options)
  try {
    const loginsPath = join(folder, 'logins.json')
    const adminPath = join(folder, 'admin.json')
    await migrate({ adminUrl: administratorUrl(address, superuser), loginsPath, adminPath, newPassword })
    const [logins, admin] = await Promise.all([readLogins(loginsPath), readAdminLogins(adminPath)])
    return { cluster: { address, superuser, version, logins, admin }, stop }
  } catch (error) {
    const log = await readFile(join(folder, 'home', 'postgres.log'), 'utf8').catch(() => '')
    await stop()
    throw new Error(`the template of the test databases could not be migrated${log === '' ? '' : `\n${log}`}`, {
      cause: error,
    })
  }
}
