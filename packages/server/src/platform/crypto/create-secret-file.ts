import { link } from 'node:fs/promises'
import { dirname } from 'node:path'
import { hasCode } from '../../kernel/has-code.ts'
import { syncFolder } from './sync-folder.ts'
import { writeBeside } from './write-beside.ts'

/**
 * Makes a file with mode 0600 where there is none, complete or not at all. Where there is one already it stays as it is:
 * the name is given by a link, which unlike a rename never replaces, so that two processes at once cannot lose a key.
 * The folder is synced too: a key that has sealed something must still have its name after a loss of power.
 */
export async function createSecretFile(path: string, content: string): Promise<void> {
  try {
    await writeBeside(path, content, (temporary) => link(temporary, path))
    await syncFolder(dirname(path))
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  }
}
