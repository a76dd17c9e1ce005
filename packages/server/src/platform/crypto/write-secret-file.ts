import { chmod, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Replaces a file with mode 0600 so that a reader sees the old or the new content, never half of one. */
export async function writeSecretFile(path: string, content: string): Promise<void> {
  const temporary = `${path}.${process.pid}.new`
  const file = await open(temporary, 'w', 0o600)
  try {
    await file.writeFile(content)
    await file.sync()
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  } finally {
    await file.close()
  }
  // The umask can only have taken rights away, an earlier file of that name can have had more.
  await chmod(temporary, 0o600)
  await rename(temporary, path)
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
