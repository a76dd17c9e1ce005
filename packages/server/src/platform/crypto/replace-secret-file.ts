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
import { systemRandomBytes } from './random-bytes.ts'
import { readPrivateFile } from './read-private-file.ts'

/** Writes what `change` makes of the text that is there. What it throws leaves everything as it was. */
export async function replaceSecretFile(path: string, change: (text: string) => Promise<string>): Promise<void> {
  const changing = `${path}.changing`
  await take(path, changing)
  const temporary = `${path}.${systemRandomBytes(8).toString('hex')}.new`
  try {
    const text = await readPrivateFile(path)
    if (text === undefined) throw new StartupRefusal(`${path} is not there; nothing was changed.`)
    await writeWhole(temporary, await change(text))
    await rename(temporary, path)
    await syncFolder(dirname(path))
  } finally {
    await rm(temporary, { force: true })
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

async function writeWhole(path: string, content: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
