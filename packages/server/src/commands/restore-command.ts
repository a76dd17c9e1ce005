/**
 * `hyponema restore FILE [URL]`: into an empty database.
 *
 * with URL    -> the administrator's database -> restored
 * without     -> the embedded database, which must not run: made or started -> restored -> stopped
 *
 * The keyring of the installation must lie in its folder before: a new one beside the restored rows would open none of
 * them.
 */
import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import type { Config } from '../config.ts'
import { systemClock } from '../kernel/clock.ts'
import { idMaker } from '../kernel/new-id.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { loadKeyring } from '../platform/crypto/keyring.ts'
import { newPassword } from '../platform/crypto/new-password.ts'
import { ownCommand } from '../platform/own-command.ts'
import type { KeyFingerprint } from '../platform/postgres/backup/backup-format.ts'
import { readBackup } from '../platform/postgres/backup/read-backup.ts'
import { type Restored, restoreBackup } from '../platform/postgres/backup/restore-backup.ts'
import { administratorUrl } from '../platform/postgres/embedded/administrator-url.ts'
import { makePrivateFolder } from '../platform/postgres/embedded/private-folder.ts'
import { readAdminLogins } from '../platform/postgres/logins.ts'
import { createLogger } from '../platform/telemetry/create-logger.ts'
import { installationFiles } from './installation-files.ts'
import { judgeKeys } from './judge-keys.ts'
import { openInstallation } from './open-installation.ts'
import { prepareDatabase } from './prepare-database.ts'
import { recordBackup } from './record-backup.ts'
import { ShutdownSteps } from './shutdown-steps.ts'
import { tellProgress } from './tell-progress.ts'

const readBytes = 1024 * 1024

export async function restoreCommand(config: Config, args: readonly string[]): Promise<void> {
  const { positionals } = parseArgs({ args: [...args], allowPositionals: true, options: {} })
  const [path, adminUrl, ...rest] = positionals
  if (path === undefined || rest.length > 0) throw new StartupRefusal(`Write: ${ownCommand('restore FILE [URL]')}.`)
  if (adminUrl !== undefined) return restoreInto(config, path, adminUrl)
  if (config.databaseUrl !== undefined)
    throw new StartupRefusal(
      `DATABASE_URL names no administrator; write ${ownCommand(`restore ${path} postgres://ADMINISTRATOR:PASSWORD@HOST:5432/DATABASE`)}.`,
    )
  await judgeBefore(config, path)
  await withEmbedded(config, (url) => restoreInto(config, path, url))
}

/** Before a database is made for it: a file that cannot be restored, or a keyring that is not there, leaves nothing behind. */
async function judgeBefore(config: Config, path: string): Promise<void> {
  const judge = await keyJudge(config, () => undefined)
  await readBackup(path, bytesOf(path), { manifest: async ({ keys }) => judge(keys) })
}

async function withEmbedded(config: Config, work: (adminUrl: string) => Promise<void>): Promise<void> {
  const log = createLogger(config.logLevel)
  const shutdown = new ShutdownSteps(log)
  shutdown.onSignals()
  try {
    const { address } = await prepareDatabase({ config, serves: false, log, shutdown })
    const adminPath = installationFiles(config.homeFolder).admin
    const { superuser } = await readAdminLogins(adminPath)
    if (superuser === undefined)
      throw new StartupRefusal(`${adminPath} has no superuser; the embedded database was made by another installation.`)
    await work(administratorUrl(address, superuser))
  } finally {
    await shutdown.run()
  }
}

async function restoreInto(config: Config, path: string, adminUrl: string): Promise<void> {
  const files = installationFiles(config.homeFolder)
  await makePrivateFolder(config.homeFolder)
  const done = await restoreBackup({
    adminUrl,
    name: path,
    open: () => bytesOf(path),
    loginsPath: files.logins,
    adminPath: files.admin,
    newPassword,
    judgeKeys: await keyJudge(config, (notice) => process.stderr.write(`${notice}\n`)),
    onProgress: tellProgress,
    record: (restored) => record(config, basename(path), restored),
  })
  for (const notice of done.notices) process.stderr.write(`${notice}\n`)
  const newer = done.migrated.length === 0 ? '' : ` and brought to this build (${done.migrated.join(', ')})`
  process.stdout.write(
    `Restored ${done.rows} rows of ${done.manifest.made_at} into ${done.address.database}${newer}. Every check passed.\n`,
  )
}

async function record(config: Config, file: string, { address, manifest, rows }: Restored): Promise<void> {
  const clock = systemClock
  const installation = await openInstallation({ config, clock, address })
  try {
    const after = { made_at: manifest.made_at, rows }
    await recordBackup({ installation, clock, newId: idMaker(clock) }, { action: 'backup.restored', file, after })
  } finally {
    await installation.database.close()
    await installation.closeKeys()
  }
}

type JudgeKeys = (ofBackup: readonly KeyFingerprint[]) => void

async function keyJudge(config: Config, tell: (notice: string) => void): Promise<JudgeKeys> {
  const path = installationFiles(config.homeFolder).keyring
  const keyring = await loadKeyring(path)
  if (keyring === undefined)
    throw new StartupRefusal(
      `${path} is missing, and nothing of the backup opens without it: put the copy of the installation's keyring there first.`,
    )
  const here = keyring.fingerprints()
  keyring.destroy()
  return (keys) => {
    for (const notice of judgeKeys(keys, here)) tell(notice)
  }
}

/** The pieces of the file from its beginning; it is closed when the reader stops. */
async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw new StartupRefusal(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}.`)
  })
  try {
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(readBytes), 0, readBytes)
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
}
