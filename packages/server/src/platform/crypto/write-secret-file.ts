import { chmod, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncFolder } from './sync-folder.ts'
import { writeBeside } from './write-beside.ts'

/**
 * Replaces a file with mode 0600, or makes it, so that a reader sees the old or the new content, never half of one. For what
 * can be made again; keys are made by `createSecretFile` and changed by `replaceSecretFile`, which lose none to another process.
 */
export async function writeSecretFile(path: string, content: string | Uint8Array): Promise<void> {
  await writeBeside(path, content, async (temporary) => {
    // The umask can have taken rights away.
    await chmod(temporary, 0o600)
    await rename(temporary, path)
  })
  await syncFolder(dirname(path))
}
