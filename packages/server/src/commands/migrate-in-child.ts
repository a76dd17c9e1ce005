import { fork } from 'node:child_process'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import type { DatabaseAddress } from '../platform/postgres/database-address.ts'

/** Past that something is waiting for a lock that nobody will give back. */
const migrateTimeoutMs = 300_000

/** Migrates the embedded database in a process of its own, so that no serving process ever holds an administrator's login. */
export async function migrateInChild(options: { mainPath: string; address: DatabaseAddress }): Promise<void> {
  const { host, port, database } = options.address
  const child = fork(options.mainPath, ['migrate', '--socket', host, '--port', String(port), '--database', database], {
    timeout: migrateTimeoutMs,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', resolve)
  })
  if (code !== 0) throw new StartupRefusal('The embedded database could not be migrated; the lines above say why.')
}
