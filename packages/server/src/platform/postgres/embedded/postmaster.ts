/**
 * One postmaster process, ours or one that an earlier server of ours left behind.
 *
 * started -> ready -> stopping (fast: sessions are ended, data is written) -> gone
 *                              after the deadline: immediate (data is recovered at the next start) -> killed
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { open, readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { hasCode } from '../../../kernel/has-code.ts'
import { StartupRefusal } from '../../../kernel/startup-refusal.ts'
import type { EmbeddedPlace } from './choose-place.ts'
import { lastWords } from './create-cluster.ts'
import type { Binaries } from './native-binaries.ts'
import { readPostmasterFile } from './postmaster-file.ts'
import { processIdentity } from './process-identity.ts'
import { serverSpawnOptions } from './server-spawn-options.ts'

export type Postmaster = { readonly pid: number; readonly identity: string }

/** Short beside everything that is waited for, long beside what a look costs. */
const lookEveryMs = 15
/** After the deadline of a fast stop: an immediate one takes well under a second. */
const immediateStopMs = 5_000
/** 5 seconds in all; a session notices within one. */
const lingerTries = 20
const lingerWaitMs = 250
const largestLogBytes = 5_000_000

type StartOptions = {
  readonly place: EmbeddedPlace
  readonly binaries: Binaries
  readonly args: readonly string[]
  readonly deadlineMs: number
  readonly onLaunched?: (() => void) | undefined
}

/**
 * Sessions of a postmaster that was killed end by themselves within a moment, and until then their shared memory keeps a
 * new one from starting. That one reason is tried again.
 */
export async function startPostmaster(options: StartOptions): Promise<Postmaster> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await startOnce(options)
    } catch (error) {
      const lingers = error instanceof StartupRefusal && error.message.includes('pre-existing shared memory block')
      if (!lingers || tries === lingerTries) throw error
      await wait(lingerWaitMs)
    }
  }
}

async function startOnce(options: StartOptions): Promise<Postmaster> {
  const { place } = options
  await rotateLog(place.logPath)
  const log = await open(place.logPath, 'a', 0o600)
  try {
    const logStart = (await log.stat()).size
    const program = join(options.binaries.folder, 'postgres')
    const child = spawn(program, options.args, { ...serverSpawnOptions(place), stdio: ['ignore', log.fd, log.fd] })
    const failed = watchStart(child)
    // Whoever started us waits for us, not for the server.
    child.unref()
    options.onLaunched?.()
    return await untilReady({ ...options, child, failed, logStart })
  } finally {
    await log.close()
  }
}

/** Fast shutdown, then harder ones. Resolves when the process is gone. */
export async function stopPostmaster(
  postmaster: Postmaster,
  deadlineMs: number,
): Promise<'fast' | 'immediate' | 'killed'> {
  signal(postmaster.pid, 'SIGINT')
  if (await isGone(postmaster, deadlineMs)) return 'fast'
  signal(postmaster.pid, 'SIGQUIT')
  if (await isGone(postmaster, immediateStopMs)) return 'immediate'
  signal(postmaster.pid, 'SIGKILL')
  await isGone(postmaster, immediateStopMs)
  return 'killed'
}

export async function isRunning(postmaster: Postmaster): Promise<boolean> {
  return (await processIdentity(postmaster.pid)) === postmaster.identity
}

async function isGone(postmaster: Postmaster, deadlineMs: number): Promise<boolean> {
  const deadline = performance.now() + deadlineMs
  while (performance.now() < deadline) {
    if (!(await isRunning(postmaster))) return true
    await wait(lookEveryMs)
  }
  return !(await isRunning(postmaster))
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error
  }
}

type StartFailure = { reason: string | undefined }

function watchStart(child: ChildProcess): StartFailure {
  const failure: StartFailure = { reason: undefined }
  child.on('error', (error) => (failure.reason = error.message))
  child.on('exit', (code, endedBy) => (failure.reason = `it ended with ${endedBy ?? code}`))
  return failure
}

async function untilReady(options: {
  place: EmbeddedPlace
  child: ChildProcess
  failed: StartFailure
  logStart: number
  deadlineMs: number
}): Promise<Postmaster> {
  const { child, failed, place } = options
  const deadline = performance.now() + options.deadlineMs
  while (failed.reason === undefined && performance.now() < deadline) {
    const file = await readPostmasterFile(place.dataFolder)
    if (file?.isReady === true && file.pid === child.pid) {
      const identity = await processIdentity(file.pid)
      if (identity !== undefined) return { pid: file.pid, identity }
    }
    await wait(lookEveryMs)
  }
  const told = lastWords((await readFile(place.logPath)).subarray(options.logStart).toString('utf8'))
  if (failed.reason === undefined && child.pid !== undefined) {
    const identity = await processIdentity(child.pid)
    if (identity !== undefined) await stopPostmaster({ pid: child.pid, identity }, immediateStopMs)
  }
  throw new StartupRefusal(
    `The embedded PostgreSQL did not start: ${told ?? failed.reason ?? 'it did not answer in time'}; ${place.logPath} has more, and data lies in ${place.dataFolder}.`,
  )
}

/** One older file is kept. */
async function rotateLog(path: string): Promise<void> {
  try {
    if ((await stat(path)).size > largestLogBytes) await rename(path, `${path}.1`)
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
  }
}
