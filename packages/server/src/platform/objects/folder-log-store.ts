/**
 * Threat: a name of a tile leads out of its folder; half a tile is read after a crash.
 * Rule: names are checkpoints and tiles as C2SP tlog-tiles writes them, checkpoints of a history that was left, and nothing else; a file gets its name when it lies
 * complete on the disk. Folders are 0700, files 0600.
 * On failure: `server.storage_full` or `server.storage_unavailable`; what was there before is still there.
 */
import { mkdir, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Uuid } from '@hyponema/contract'
import { AppError } from '../../kernel/app-error.ts'
import { hasCode } from '../../kernel/has-code.ts'
import { syncFolder } from '../crypto/sync-folder.ts'
import { writeSecretFile } from '../crypto/write-secret-file.ts'
import type { LogStore } from './log-store.ts'

const namePattern = /^(checkpoint(\.left\.\d{1,16})?|tile\/\d{1,2}(\/x\d{3}){0,6}\/\d{3}(\.p\/\d{1,3})?)$/

export function createFolderLogStore(folder: string): LogStore {
  const pathOf = (workspaceId: Uuid, name: string): string => {
    if (!namePattern.test(name)) throw new AppError('server.internal', 'no name of a checkpoint or a tile')
    return join(folder, workspaceId, 'audit', name)
  }
  return {
    put: (workspaceId, name, bytes) =>
      orUnavailable(pathOf(workspaceId, name), async (path) => {
        const first = await mkdir(dirname(path), { recursive: true, mode: 0o700 })
        if (first !== undefined) await syncFolder(dirname(first))
        await writeSecretFile(path, bytes)
      }),
    get: (workspaceId, name) =>
      orUnavailable(pathOf(workspaceId, name), (path) =>
        readFile(path).catch((error: unknown) => {
          if (hasCode(error, 'ENOENT')) return undefined
          throw error
        }),
      ),
    removePartial: (workspaceId, name) =>
      orUnavailable(pathOf(workspaceId, name), (path) => rm(`${path}.p`, { recursive: true, force: true })),
  }
}

async function orUnavailable<T>(path: string, work: (path: string) => Promise<T>): Promise<T> {
  try {
    return await work(path)
  } catch (error) {
    const code = hasCode(error, 'ENOSPC', 'EDQUOT') ? 'server.storage_full' : 'server.storage_unavailable'
    throw new AppError(
      code,
      `${path} could not be used; give its disk room and its folder to the user of this process`,
      {
        cause: error,
      },
    )
  }
}
