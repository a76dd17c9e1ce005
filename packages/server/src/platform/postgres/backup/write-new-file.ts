/**
 * Threat: a disk that fills up or a kill in the middle leaves a file that looks like a whole backup, or takes the place of
 * the last good one.
 * Rule: written beside its name with mode 0600, synced, and only then linked to its name, which must be free.
 * On failure: the part is removed and the error is told; after a kill a part is left, which is called so and has no end.
 */
import { constants } from 'node:fs'
import { type FileHandle, link, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { hasCode } from '../../../kernel/has-code.ts'
import { StartupRefusal } from '../../../kernel/startup-refusal.ts'
import { syncFolder } from '../../crypto/sync-folder.ts'
import type { WriteBytes } from './block-writer.ts'

/** Resolves when the file is whole and on the disk under its name. `unique` keeps two that write the same name apart. */
export async function writeNewFile(
  path: string,
  unique: string,
  work: (write: WriteBytes) => Promise<void>,
): Promise<void> {
  await refuseExisting(path)
  const part = `${path}.${unique}.part`
  const file = await openNew(part)
  try {
    await work((bytes) => writeAll(file, bytes))
    await file.sync()
    await file.close()
    await give(part, path)
  } catch (error) {
    await file.close().catch(() => undefined)
    await rm(part, { force: true })
    throw hasCode(error, 'ENOSPC', 'EDQUOT', 'EFBIG')
      ? new StartupRefusal(
          `There is no room for ${path}; nothing was left behind. Free some or choose another folder.`,
          {
            cause: error,
          },
        )
      : error
  }
}

async function refuseExisting(path: string): Promise<void> {
  try {
    await stat(path)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return
    throw new StartupRefusal(`${path} cannot be written; choose a folder that you may write to.`, { cause: error })
  }
  throw taken(path)
}

function taken(path: string): StartupRefusal {
  return new StartupRefusal(`${path} exists, and a backup never replaces another one; choose another name.`)
}

async function openNew(path: string): Promise<FileHandle> {
  const { O_CREAT, O_EXCL, O_WRONLY } = constants
  try {
    return await open(path, O_CREAT | O_EXCL | O_WRONLY, 0o600)
  } catch (error) {
    throw new StartupRefusal(
      `${path} cannot be made (${hasCode(error, 'ENOENT') ? 'its folder does not exist' : String(error)}).`,
      { cause: error },
    )
  }
}

/** A write may take a part only. */
async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let from = 0; from < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, from)
    from += bytesWritten
  }
}

async function give(part: string, path: string): Promise<void> {
  try {
    await link(part, path)
    await rm(part)
  } catch (error) {
    if (hasCode(error, 'EEXIST')) throw taken(path)
    // File systems without hard links (some network and desktop mounts): a name that was taken a moment ago is lost there.
    if (!hasCode(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS')) throw error
    await refuseExisting(path)
    await rename(part, path)
  }
  await syncFolder(dirname(path))
}
