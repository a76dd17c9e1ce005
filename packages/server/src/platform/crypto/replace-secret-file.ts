/**
 * Threat: a file of keys is half written when the power fails, or two processes change it at once and one of the keys is lost;
 * a key that was taken out stays in what a killed command left beside it; a link is replaced, and the file that it led to, which
 * is the one that is kept, never hears of the new key.
 * Rule: one process changes it at a time, said by a file beside it; the new content is complete and on disk before it takes
 * the name. The file at the end of a link is the one that is changed. What was left beside it is removed first.
 * On failure: StartupRefusal, and the file is as it was.
 */
import { lstat, open, readdir, realpath, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { hasCode } from '../../kernel/has-code.ts'
import { StartupRefusal } from '../../kernel/startup-refusal.ts'
import { ownCommand } from '../own-command.ts'
import { readPrivateFile } from './read-private-file.ts'
import { syncFolder } from './sync-folder.ts'
import { writeBeside } from './write-beside.ts'

/**
 * Writes the `text` that `change` makes of the one that is there, and returns what else it made. What it throws leaves
 * everything as it was.
 */
export async function replaceSecretFile<Made>(
  name: string,
  change: (text: string) => Promise<{ readonly text: string; readonly made: Made }>,
): Promise<Made> {
  const path = await followLink(name)
  const changing = `${path}.changing`
  await take(path, changing)
  try {
    await removeLeftovers(path)
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

async function followLink(path: string): Promise<string> {
  try {
    return (await lstat(path)).isSymbolicLink() ? await realpath(path) : path
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
    throw new StartupRefusal(`${path} is not there; nothing was changed.`)
  }
}

/** Of commands that were killed while they wrote: whole copies of the keys, one of which is perhaps to go now. */
async function removeLeftovers(path: string): Promise<void> {
  const folder = dirname(path)
  const own = `${basename(path)}.`
  for (const name of await readdir(folder))
    if (name.startsWith(own) && /^[0-9a-f]{16}\.new$/.test(name.slice(own.length))) await rm(join(folder, name))
}

async function take(path: string, changing: string): Promise<void> {
  try {
    const file = await open(changing, 'wx', 0o600)
    await file.close()
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
    throw new StartupRefusal(
      `${path} is being changed by another command. If none is running, one was killed and left the file whole, changed or not: see what is in it with ${ownCommand('keys status')}, remove ${changing} and run this again.`,
    )
  }
}
