/**
 * Threat: another user of this machine has read a key or a password, and nobody notices.
 * Rule: a file with secrets is a plain file that nobody but its owner may reach; the one that is open is judged.
 * On failure: StartupRefusal that names the file and what to run; nothing of it is read.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs'
import { open } from 'node:fs/promises'
import { hasCode } from '../../kernel/has-code.ts'
import { StartupRefusal } from '../../kernel/startup-refusal.ts'

/** The text of a file that only its owner may read; undefined when there is none. */
export async function readPrivateFile(path: string): Promise<string | undefined> {
  const file = await openIfThere(path)
  if (file === undefined) return undefined
  try {
    // The mode of the file that is open, not of whatever bears the name a moment later.
    refuseOpenToOthers(path, await file.stat())
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

/** The same for whoever cannot wait: a small file that is read again because it has changed. */
export function readPrivateFileNow(path: string): string | undefined {
  const file = openNowIfThere(path)
  if (file === undefined) return undefined
  try {
    refuseOpenToOthers(path, fstatSync(file))
    return readFileSync(file, 'utf8')
  } finally {
    closeSync(file)
  }
}

function refuseOpenToOthers(path: string, facts: Stats): void {
  if (!facts.isFile()) throw new StartupRefusal(`${path} is no file; move it away.`)
  const { mode } = facts
  if ((mode & 0o077) !== 0) {
    throw new StartupRefusal(
      `${path} can be read by others (mode ${(mode & 0o777).toString(8)}); run chmod 600 ${path}.`,
    )
  }
}

/** Without O_NONBLOCK a pipe that somebody has put here would hold up the start for good. */
const readOnly = constants.O_RDONLY | constants.O_NONBLOCK

async function openIfThere(path: string) {
  try {
    return await open(path, readOnly)
  } catch (error) {
    return refuseUnlessMissing(path, error)
  }
}

function openNowIfThere(path: string): number | undefined {
  try {
    return openSync(path, readOnly)
  } catch (error) {
    return refuseUnlessMissing(path, error)
  }
}

function refuseUnlessMissing(path: string, error: unknown): undefined {
  if (hasCode(error, 'ENOENT')) return undefined
  if (hasCode(error, 'EACCES', 'EPERM')) {
    throw new StartupRefusal(`${path} belongs to another user; start as its owner.`)
  }
  throw error
}
