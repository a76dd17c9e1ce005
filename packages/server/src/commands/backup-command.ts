import { stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Config } from '../config.ts'
import { systemClock } from '../kernel/clock.ts'
import { hasCode } from '../kernel/has-code.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { isPrivateFile } from '../platform/crypto/is-private-file.ts'
import { ownCommand } from '../platform/own-command.ts'
import { makeBackup } from '../platform/postgres/backup/make-backup.ts'
import { writeNewFile } from '../platform/postgres/backup/write-new-file.ts'
import { readAdminLogins } from '../platform/postgres/logins.ts'
import { installationFiles } from './installation-files.ts'
import { onHost } from './on-host.ts'
import { recordBackup } from './record-backup.ts'
import { tellProgress } from './tell-progress.ts'

/** `hyponema backup FILE|FOLDER`: copies the database into one file while the server runs, and prints its name. */
export async function backupCommand(config: Config, args: readonly string[]): Promise<void> {
  const { positionals } = parseArgs({ args: [...args], allowPositionals: true, options: {} })
  const [target, ...rest] = positionals
  if (target === undefined || rest.length > 0) throw new StartupRefusal(`Write: ${ownCommand('backup FILE|FOLDER')}.`)
  const files = installationFiles(config.homeFolder)
  const { backup: login } = await readAdminLogins(files.admin)
  if (login === undefined)
    throw new StartupRefusal(
      `${files.admin} has no login for backups; run this where the database was migrated, or run \`${ownCommand('migrate URL')}\` again.`,
    )
  // Opening the installation would make a keyring where none is.
  if (!(await isPrivateFile(files.keyring)))
    throw new StartupRefusal(`${files.keyring} is missing; run this in the folder of the installation that serves.`)
  const path = await chooseName(target)
  await onHost(config, async (host) => {
    const { keyring, database } = host.installation
    let rows = 0
    await writeNewFile(path, String(process.pid), async (write) => {
      // Before the first row is read, so that none can leave without a trace.
      await recordBackup(host, { action: 'backup.started', file: basename(path) })
      const { address } = database
      rows = await makeBackup({ address, login, keys: keyring.fingerprints(), onProgress: tellProgress }, write)
    })
    process.stderr.write(`${rows} rows. ${files.keyring} is not in it: keep a copy of that elsewhere.\n`)
    process.stdout.write(`${path}\n`)
  })
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
