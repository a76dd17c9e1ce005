/**
 * Threat: a leftover `postmaster.pid` names a process that is not our server, or a server that a killed Hyponema left
 * behind and that is set up otherwise than this build would.
 * Rule: a process is our server only when its command line says so, with this data folder. It is adopted when the command
 * line is exactly what we would start and it is ready; any other server of ours is stopped.
 * On failure: a pid file that names somebody else is removed; the server's own check of its shared memory still refuses
 * to start beside a living one.
 */
import { lstat, rm } from 'node:fs/promises'
import type { EmbeddedPlace } from './choose-place.ts'
import { type Postmaster, stopPostmaster } from './postmaster.ts'
import { postmasterFilePath, readPostmasterFile } from './postmaster-file.ts'
import { commandLine, processIdentity } from './process-identity.ts'

/** `mkdtemp` appends six letters. */
export const ownSocketFolders = '/tmp/hyponema-'

export type Running = { readonly postmaster: Postmaster; readonly runFolder: string }

/** Finds the server to adopt, or makes sure that there is none. */
export async function findRunning(options: {
  place: EmbeddedPlace
  /** The exact command line that we would start with sockets in that folder. */
  expectedCommand: (runFolder: string) => string
  userId: number
  stopDeadlineMs: number
}): Promise<Running | undefined> {
  const { place } = options
  const file = await readPostmasterFile(place.dataFolder)
  if (file === undefined) return undefined
  const [identity, command] = await Promise.all([processIdentity(file.pid), commandLine(file.pid)])
  if (identity === undefined || command === undefined || !command.includes(`postgres -D ${place.dataFolder} `)) {
    await rm(postmasterFilePath(place.dataFolder), { force: true })
    return undefined
  }
  const postmaster = { pid: file.pid, identity }
  const { socketFolder } = file
  if (
    file.isReady &&
    socketFolder !== undefined &&
    command === options.expectedCommand(socketFolder) &&
    (await isPrivateTo(socketFolder, options.userId))
  ) {
    return { postmaster, runFolder: socketFolder }
  }
  await stopPostmaster(postmaster, options.stopDeadlineMs)
  // A socket folder of its own is made for each start where the path beside the data is too long.
  if (socketFolder?.startsWith(ownSocketFolders) === true && (await isPrivateTo(socketFolder, options.userId))) {
    await rm(socketFolder, { recursive: true, force: true })
  }
  return undefined
}

async function isPrivateTo(folder: string, userId: number): Promise<boolean> {
  try {
    const { mode, uid } = await lstat(folder)
    return uid === userId && (mode & 0o077) === 0
  } catch {
    return false
  }
}
