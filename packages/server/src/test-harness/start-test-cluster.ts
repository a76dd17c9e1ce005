import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { newPassword } from '../platform/crypto/new-password.ts'
import type { DatabaseAddress } from '../platform/postgres/database-address.ts'
import { readHostFacts } from '../platform/postgres/embedded/host-facts.ts'
import type { Binaries } from '../platform/postgres/embedded/native-binaries.ts'
import { processIdentity } from '../platform/postgres/embedded/process-identity.ts'
import { startEmbeddedPostgres } from '../platform/postgres/embedded/start-embedded-postgres.ts'
import type { Login } from '../platform/postgres/logins.ts'
import { shortLivedFolder } from './short-lived-folder.ts'

/** A throw-away server with an empty database. */
export type TestCluster = {
  readonly address: DatabaseAddress
  readonly superuser: Login
  readonly version: string
  /** Gone with the cluster; for files that belong to it. */
  readonly folder: string
  readonly stop: () => Promise<void>
}

/** Nothing of it outlives the run, so nothing must reach the disk. */
const fastSettings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  // An autovacuum worker in the template would make cloning wait.
  autovacuum: 'off',
  max_connections: '400',
  // What a failed statement said is wanted here.
  log_min_messages: 'warning',
  log_min_error_statement: 'error',
}

/** Starts a server below /tmp, or in memory. It stops with us, also when we are killed: a watchdog holds the other end of a pipe. */
export async function startTestCluster(options: { binaries?: Binaries } = {}): Promise<TestCluster> {
  const folder = await mkdtemp(join(await shortLivedFolder(), 'hyponema-test-'))
  // As root the server runs as another user, who must be able to pass through.
  await chmod(folder, 0o711)
  let password = ''
  try {
    const postgres = await startEmbeddedPostgres({
      homeFolder: join(folder, 'home'),
      newPassword,
      saveSuperuserPassword: async (made) => {
        password = made
        await writeFile(join(folder, 'superuser-password'), made, { mode: 0o600 })
      },
      facts: { ...readHostFacts(), rootStateFolder: join(folder, 'state') },
      settings: fastSettings,
      ...options,
    })
    const stop = await startWatchdog(postgres.pid, folder)
    const superuser = { user: postgres.superuserName, password }
    return { address: postgres.address, superuser, version: postgres.version, folder, stop }
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

async function startWatchdog(pid: number, folder: string): Promise<() => Promise<void>> {
  const identity = (await processIdentity(pid)) ?? ''
  const script = fileURLToPath(new URL('./cluster-watchdog.ts', import.meta.url))
  const watchdog = spawn(process.execPath, [script, String(pid), identity, folder], {
    stdio: ['pipe', 'ignore', 'inherit'],
    detached: true,
  })
  const ended = once(watchdog, 'exit')
  // A worker whose tests are done may end; the closing pipe then ends the cluster.
  watchdog.unref()
  return async () => {
    watchdog.ref()
    watchdog.stdin?.end()
    await ended
  }
}
