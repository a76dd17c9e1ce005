import { rm } from 'node:fs/promises'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { newPassword } from '../platform/crypto/new-password.ts'
import { writeSecretFile } from '../platform/crypto/write-secret-file.ts'
import type { DatabaseAddress } from '../platform/postgres/database-address.ts'
import { makePrivateFolder } from '../platform/postgres/embedded/private-folder.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../platform/postgres/embedded/start-embedded-postgres.ts'
import { readAdminLogins } from '../platform/postgres/logins.ts'
import { configuredAddress } from './configured-address.ts'
import { installationFiles } from './installation-files.ts'
import { refuseBusyPort } from './refuse-busy-port.ts'
import type { ShutdownSteps } from './shutdown-steps.ts'

export type PreparedDatabase = { readonly address: DatabaseAddress; readonly embedded: EmbeddedPostgres | undefined }

/** The configured database, or the embedded one, started. */
export async function prepareDatabase(options: {
  config: Config
  /** Whether this process will listen, and so needs its port. */
  serves: boolean
  log: Logger
  shutdown: ShutdownSteps
  /** Called when an embedded database has been launched and is waited for. */
  onLaunched?: () => void
}): Promise<PreparedDatabase> {
  const { config, log, shutdown } = options
  const { homeFolder } = config
  const configured = configuredAddress(config)
  await makePrivateFolder(homeFolder)
  const listens = (): Promise<void> => (options.serves ? refuseBusyPort(config) : Promise.resolve())
  if (configured !== undefined) {
    await listens()
    return { address: configured, embedded: undefined }
  }
  refuseOpenDefault(config)
  const files = installationFiles(homeFolder)
  const starting = startEmbeddedPostgres({
    homeFolder,
    newPassword,
    // Whoever starts twice hears that it runs already, and only then that its port is taken.
    beforeChanges: listens,
    saveSuperuserPassword: async (password) => {
      const known = await readAdminLogins(files.admin)
      await writeSecretFile(
        files.admin,
        `${JSON.stringify({ ...known, superuser: { user: 'postgres', password } }, undefined, 2)}\n`,
      )
    },
    ...(options.onLaunched === undefined ? {} : { onLaunched: options.onLaunched }),
    log: (sentence) => process.stdout.write(`${sentence}\n`),
    onLost: () => {
      log.fatal('the embedded database ended by itself; stopping')
      void shutdown.run().then(() => process.exit(1))
    },
  })
  // Before it has started: Ctrl-C in between must not leave it behind.
  shutdown.add('embedded database', async () => {
    const started = await starting.catch(() => undefined)
    // Not ours: the file tells where the database of another process is, whose commands on this host need it.
    if (started === undefined) return
    await rm(files.address, { force: true })
    await started.stop()
  })
  const embedded = await starting
  return { address: embedded.address, embedded }
}

/** The embedded default seeds a demo and mints sessions for whoever reaches it, so nobody but this machine may reach it. */
function refuseOpenDefault({ host }: Config): void {
  if (['127.0.0.1', '::1', 'localhost'].includes(host)) return
  throw new StartupRefusal(
    `The embedded default serves this machine only and HYPONEMA_HOST is ${host}: leave it out, or set DATABASE_URL to a PostgreSQL of yours to serve others.`,
  )
}
