import { open } from 'node:fs/promises'

/** Resolves when the names in a folder are on the disk: a file that was synced can lose its name with the power otherwise. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
