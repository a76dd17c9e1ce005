/**
 * Threat: two servers on one data folder, which would damage it, or a lock left by a killed server that blocks for ever.
 * Rule: the lock is a file made in one step that names a process by number, boot and start time; it counts while exactly
 * that process lives. A stale one is moved away and compared, so that a lock made in between is put back.
 * On failure: refused with a StartupRefusal that names the other process; a lock nobody can read is refused too.
 */
import { link, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { hasCode } from '../../../kernel/has-code.ts'
import { StartupRefusal } from '../../../kernel/startup-refusal.ts'
import { processIdentity } from './process-identity.ts'

const holderSchema = z.strictObject({ pid: z.int().positive(), identity: z.string().min(1) })

export type FolderLock = { readonly release: () => Promise<void> }

/** Tries again only after it has moved a stale lock away; more than a few of those at once is no accident. */
const maxTries = 5

export async function acquireFolderLock(path: string, folder: string): Promise<FolderLock> {
  const identity = await processIdentity(process.pid)
  if (identity === undefined)
    throw new StartupRefusal('The start time of this process cannot be read; is /proc mounted?')
  const own = `${JSON.stringify({ pid: process.pid, identity })}\n`
  const prepared = `${path}.${process.pid}.new`
  await writeFile(prepared, own, { mode: 0o600, flush: true })
  try {
    for (let tries = 0; tries < maxTries; tries += 1) {
      if (await linked(prepared, path)) return { release: () => release(path, own) }
      await moveStaleAway(path, folder)
    }
  } finally {
    await rm(prepared, { force: true })
  }
  throw secondInstance(folder, 'another process')
}

async function moveStaleAway(path: string, folder: string): Promise<void> {
  const found = await read(path)
  if (found === undefined) return
  const holder = await livingHolder(found)
  if (holder !== undefined) throw secondInstance(folder, `process ${holder}`)
  const aside = `${path}.${process.pid}.stale`
  try {
    await rename(path, aside)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return
    throw error
  }
  const moved = await read(aside)
  if (moved !== found) await linked(aside, path)
  await rm(aside, { force: true })
  if (moved !== found) throw secondInstance(folder, 'another process')
}

/** A lock that we cannot understand was written by a killed process in a file system without order: it has no holder. */
async function livingHolder(text: string): Promise<number | undefined> {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return undefined
  }
  const parsed = holderSchema.safeParse(json)
  if (!parsed.success) return undefined
  const { pid, identity } = parsed.data
  return (await processIdentity(pid)) === identity ? pid : undefined
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    // File systems without hard links (some network and desktop mounts) still make a new file in one step.
    if (hasCode(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS')) return createdExclusively(from, to)
    throw error
  }
}

async function createdExclusively(from: string, to: string): Promise<boolean> {
  try {
    const file = await open(to, 'wx', 0o600)
    try {
      await file.writeFile(await readFile(from))
    } finally {
      await file.close()
    }
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  }
}

async function release(path: string, own: string): Promise<void> {
  if ((await read(path)) === own) await rm(path, { force: true })
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw new StartupRefusal(`${path} cannot be read; make it readable for the user who starts the server.`, {
      cause: error,
    })
  }
}

function secondInstance(folder: string, holder: string): StartupRefusal {
  return new StartupRefusal(
    `Hyponema already runs on ${folder} (${holder}): stop that one first, or give this one a folder and a port of its own with HYPONEMA_HOME and HYPONEMA_PORT.`,
  )
}
