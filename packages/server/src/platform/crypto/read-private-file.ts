/**
 * Threat: another user of this machine has read a key or a password, and nobody notices.
 * Rule: a file with secrets is a plain file that nobody but its owner may reach; the one that is open is judged.
 * On failure: StartupRefusal that names the file and what to run; nothing of it is read.
 */
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { hasCode } from '../../kernel/has-code.ts'
import { StartupRefusal } from '../../kernel/startup-refusal.ts'

/** The text of a file that only its owner may read; undefined when there is none. */
export async function readPrivateFile(path: string): Promise<string | undefined> {
  const file = await openIfThere(path)
  if (file === undefined) return undefined
  try {
    // The mode of the file that is open, not of whatever bears the name a moment later.
    const facts = await file.stat()
    if (!facts.isFile()) throw new StartupRefusal(`${path} is no file; move it away.`)
    const { mode } = facts
    if ((mode & 0o077) !== 0) {
      throw new StartupRefusal(
        `${path} can be read by others (mode ${(mode & 0o777).toString(8)}); run chmod 600 ${path}.`,
      )
    }
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

async function openIfThere(path: string) {
  try {
    // Without O_NONBLOCK a pipe that somebody has put here would hold up the start for good.
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    if (hasCode(error, 'EACCES', 'EPERM')) {
      throw new StartupRefusal(`${path} belongs to another user; start as its owner.`)
    }
    throw error
  }
}
