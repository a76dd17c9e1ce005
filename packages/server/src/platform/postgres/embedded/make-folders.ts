import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { hasCode } from '../../../kernel/has-code.ts'
import { StartupRefusal } from '../../../kernel/startup-refusal.ts'

/**
 * Makes a folder and what is missing above it, one at a time. Node's own `recursive` tries for ever where a file system
 * says "no such file" of a folder whose parent is there, as /proc does.
 */
export async function makeFolders(path: string, mode: number): Promise<void> {
  if (await makeOne(path, mode)) return
  const parent = dirname(path)
  if (parent !== path) await makeFolders(parent, mode)
  if (await makeOne(path, mode)) return
  throw new StartupRefusal(
    `${parent} takes no new folders, so ${path} cannot be made; set HYPONEMA_HOME to a folder on a local disk.`,
  )
}

/** False where the file system knows no such place. */
async function makeOne(path: string, mode: number): Promise<boolean> {
  try {
    await mkdir(path, { mode })
    return true
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false
    // Some file systems refuse before they look whether the folder is there.
    if (await isFolder(path)) return true
    throw error
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch {
    return false
  }
}
