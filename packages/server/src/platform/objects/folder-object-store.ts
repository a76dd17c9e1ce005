/**
 * Objects as files: `<folder>/<workspace>/<object>`.
 *
 * Threat: half an object is read after a crash; a file of one workspace is reached through the name of another's; other users of
 * the machine read or replace what lies here; a full disk looks like a lost document.
 * Rule: names are made of uuids that passed their parser. What is written lies complete on the disk before it gets its name, and
 * the folder is synced after it. Folders are 0700, files 0600; only a plain file of a size that can be ours is read, and no link
 * is followed.
 * On failure: `server.storage_full` or `server.storage_unavailable`, with the path and what to do for the operator's log; the
 * object is there as it was before, or not at all.
 */
import { constants } from 'node:fs'
import { mkdir, open, readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseUuid, type Uuid, uuidTimeMs } from '@hyponema/contract'
import { AppError } from '../../kernel/app-error.ts'
import { hasCode } from '../../kernel/has-code.ts'
import { syncFolder } from '../crypto/sync-folder.ts'
import { writeSecretFile } from '../crypto/write-secret-file.ts'
import type { ObjectPlace, ObjectStore } from './object-store.ts'

/** Three times the largest upload: whatever is larger was not written here. */
const maxObjectBytes = 64 * 1024 * 1024
/** A link that somebody put here is not followed, and a pipe does not hold us up. */
const readOnly = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
/** Of one question to the database. */
const sweepBatch = 500

export function createFolderObjectStore(folder: string): ObjectStore {
  const pathOf = ({ workspaceId, objectId }: ObjectPlace): string => join(folder, workspaceId, objectId)
  return {
    put: (place, sealed) =>
      orUnavailable(pathOf(place), async () => {
        const path = pathOf(place)
        await makeFolder(dirname(path))
        await writeSecretFile(path, sealed)
      }),
    get: (place) => orUnavailable(pathOf(place), () => readObject(pathOf(place))),
    delete: (place) => orUnavailable(pathOf(place), () => removeFiles(dirname(pathOf(place)), [place.objectId])),
    sweep: async (workspaceId, { beforeMs, whichAreKept }) => {
      const path = join(folder, workspaceId)
      const old = (await orUnavailable(path, () => listFiles(path))).filter(({ id }) => uuidTimeMs(id) < beforeMs)
      const gone = old.filter(({ isWhole }) => !isWhole)
      const whole = old.filter(({ isWhole }) => isWhole)
      for (let from = 0; from < whole.length; from += sweepBatch) {
        const batch = whole.slice(from, from + sweepBatch)
        const kept = await whichAreKept(batch.map(({ id }) => id))
        gone.push(...batch.filter(({ id }) => !kept.has(id)))
      }
      if (gone.length === 0) return 0
      await orUnavailable(path, () =>
        removeFiles(
          path,
          gone.map(({ name }) => name),
        ),
      )
      return gone.length
    },
  }
}

async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 })
  // A file that was synced loses its name with the power where the name of its folder was not.
  if (first !== undefined) for (const made of new Set([path, first])) await syncFolder(dirname(made))
}

async function readObject(path: string): Promise<Buffer | undefined> {
  const file = await open(path, readOnly).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  })
  if (file === undefined) return undefined
  try {
    const facts = await file.stat()
    if (!facts.isFile() || facts.size > maxObjectBytes)
      throw new AppError('server.storage_unavailable', `${path} is no file of at most ${maxObjectBytes} bytes`)
    return await file.readFile()
  } finally {
    await file.close()
  }
}

/** Names, not paths: of one folder, which is synced once at the end. One that cannot be removed keeps none of the others. */
async function removeFiles(folder: string, names: readonly string[]): Promise<void> {
  const failures: unknown[] = []
  for (const name of names)
    await rm(join(folder, name), { force: true }).catch((error: unknown) => void failures.push(error))
  await syncFolder(folder).catch((error: unknown) => {
    if (!hasCode(error, 'ENOENT')) throw error
  })
  if (failures.length > 0) throw failures[0]
}

type Found = { readonly name: string; readonly id: Uuid; readonly isWhole: boolean }

/** What is ours, whole or half; other names are left alone. */
async function listFiles(folder: string): Promise<readonly Found[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return []
    throw error
  })
  return names.flatMap((name) => {
    const id = parseUuid(name.slice(0, 36))
    const rest = name.slice(36)
    // The second form is what write-beside.ts calls a file that has no name yet.
    return id === undefined || !/^(|\.[0-9a-f]{16}\.new)$/.test(rest) ? [] : [{ name, id, isWhole: rest === '' }]
  })
}

async function orUnavailable<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof AppError) throw error
    if (hasCode(error, 'ENOSPC', 'EDQUOT'))
      throw new AppError('server.storage_full', `no room for ${path}; make room on its disk`, { cause: error })
    if (hasCode(error, 'EACCES', 'EPERM', 'EROFS'))
      throw new AppError(
        'server.storage_unavailable',
        `${path} may not be used by the user of this process; give it the folder and what is in it`,
        { cause: error },
      )
    throw new AppError('server.storage_unavailable', `${path} could not be used`, { cause: error })
  }
}
