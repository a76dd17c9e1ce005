/**
 * Threat: a file of keys is half written when the power fails, or two processes change it at once and one of the keys is lost.
 * Rule: one process changes it at a time, said by a file beside it; the new content is complete and on disk before it takes
 * the name.
 * On failure: StartupRefusal, and the file is as it was.
 */
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { hasCode } from '../../kernel/has-code.ts'
import { StartupRefusal } from '../../kernel/startup-refusal.ts'
import { readPrivateFile } from './read-private-file.ts'
import { syncFolder } from './sync-folder.ts'
import { writeBeside } from './write-beside.ts'

/**
 * Writes the `text` that `change` makes of the one that is there, and returns what else it made. What it throws leaves
 * everything as it was.
 */
export async function replaceSecretFile<Made>(
  path: string,
  change: (text: string) => Promise<{ readonly text: string; readonly made: Made }>,
): Promise<Made> {
  const changing = `${path}.changing`
  await take(path, changing)
  try {
    const known = await readPrivateFile(path)
    if (known === undefined) throw new StartupRefusal(`${path} is not there; nothing was changed.`)
    const { text, made } = await change(known)
    await writeBeside(path, text, (temporary) => rename(temporary, path))
    await syncFolder(dirname(path))
    return made
  } finally {
    await rm(changing, { force: true })
  }
}

async function take(path: string, changing: string): Promise<void> {
  try {
    const file = await open(changing, 'wx', 0o600)
    await file.close()
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
    throw new StartupRefusal(
      `${path} is being changed by another command. If none is running, it ended half-way and changed nothing: remove ${changing} and run this again.`,
    )
  }
}
