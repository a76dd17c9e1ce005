import { chmod, chown, lstat } from 'node:fs/promises'
import { StartupRefusal } from '../../../kernel/startup-refusal.ts'
import { folderRefusal } from './folder-refusal.ts'
import { makeFolders } from './make-folders.ts'

export type FolderOwner = { readonly userId: number; readonly groupId: number }

/**
 * Makes a folder, or takes an existing one, and sees to it that nobody but its owner can enter.
 * `owner` is set when root makes it for another user; else it belongs to whoever runs us.
 */
export async function makePrivateFolder(path: string, owner?: FolderOwner): Promise<void> {
  try {
    await makeFolders(path, 0o700)
    if (owner !== undefined) await chown(path, owner.userId, owner.groupId)
    const before = await lstat(path)
    if (!before.isDirectory()) throw new StartupRefusal(`${path} is not a folder; move it away.`)
    if ((before.mode & 0o077) !== 0) await chmod(path, 0o700)
    const after = await lstat(path)
    if ((after.mode & 0o077) === 0) return
  } catch (error) {
    throw folderRefusal(path, error)
  }
  throw new StartupRefusal(
    `${path} stays open to other users whatever is asked of its file system; set HYPONEMA_HOME to a folder on a local Linux or macOS file system.`,
  )
}
