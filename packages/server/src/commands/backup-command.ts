import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Config } from '../config.ts'
import { systemClock } from '../kernel/clock.ts'
import { hasCode } from '../kernel/has-code.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { loadKeyring } from '../platform/crypto/keyring.ts'
import { ownCommand } from '../platform/own-command.ts'
import { makeBackup } from '../platform/postgres/backup/make-backup.ts'
import { writeNewFile } from '../platform/postgres/backup/write-new-file.ts'
import { readAdminLogins } from '../platform/postgres/logins.ts'
import { configuredAddress } from './configured-address.ts'
import { installationFiles } from './installation-files.ts'
import { needsRunningServer } from './open-installation.ts'
import { readEmbeddedAddress } from './read-embedded-address.ts'
import { tellProgress } from './tell-progress.ts'

/** `hyponema backup FILE|FOLDER`: copies the database into one file while the server runs, and prints its name. */
export async function backupCommand(config: Config, args: readonly string[]): Promise<void> {
  const { positionals } = parseArgs({ args: [...args], allowPositionals: true, options: {} })
  const [target, ...rest] = positionals
  if (target === undefined || rest.length > 0) throw new StartupRefusal(`Write: ${ownCommand('backup FILE|FOLDER')}.`)
  const files = installationFiles(config.homeFolder)
  const address = configuredAddress(config) ?? (await readEmbeddedAddress(files.address))
  if (address === undefined) throw needsRunningServer()
  const { backup: login } = await readAdminLogins(files.admin)
  if (login === undefined)
    throw new StartupRefusal(
      `${files.admin} has no login for backups; run this where the database was migrated, or run \`${ownCommand('migrate URL')}\` again.`,
    )
  const keyring = await loadKeyring(files.keyring)
  const keys = keyring?.fingerprints() ?? []
  keyring?.destroy()
  const path = await chooseName(target)
  let rows = 0
  await writeNewFile(path, String(process.pid), async (write) => {
    rows = await makeBackup({ address, login, keys, onProgress: tellProgress }, write)
  })
  process.stderr.write(`${rows} rows. ${files.keyring} is not in it: keep a copy of that elsewhere.\n`)
  process.stdout.write(`${path}\n`)
}

/** In a folder the time is the name: backups of one installation sort by age, and none takes another's place. */
async function chooseName(target: string): Promise<string> {
  try {
    if (!(await stat(target)).isDirectory()) return target
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return target
    throw error
  }
  const moment = new Date(systemClock.nowMs()).toISOString().replaceAll(/[-:]|\.\d+/g, '')
  return join(target, `hyponema-${moment}.backup`)
}
