import { link, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { hasCode } from '../../kernel/has-code.ts'
import { systemRandomBytes } from './random-bytes.ts'

/**
 * Makes a file with mode 0600 where there is none, complete or not at all. Where there is one already it stays as it is:
 * the name is given by a link, which unlike a rename never replaces, so that two processes at once cannot lose a key.
 * The folder is synced too: a key that has sealed something must still have its name after a loss of power.
 */
export async function createSecretFile(path: string, content: string): Promise<void> {
  const temporary = `${path}.${systemRandomBytes(8).toString('hex')}.new`
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await link(temporary, path)
    await syncFolder(dirname(path))
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  } finally {
    await rm(temporary, { force: true })
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
