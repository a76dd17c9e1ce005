/**
 * Lets one process at a time install. The lock is a file with the holder's process number; the holder touches it while it
 * works, so that neither a killed holder nor a later process with its number blocks anybody.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { LaunchRefusal } from './launch-refusal.mjs'

/** An install over a slow line takes minutes; whoever waits longer than this should look what is going on. */
const longestWaitMs = 15 * 60_000
const touchEveryMs = 2_000
/** Far above the pauses of a busy machine. */
const silentMs = 60_000

export async function withInstallLock(root, work) {
  const folder = join(root, '.hyponema')
  const path = join(folder, 'install.lock')
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    await acquire(path)
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS'].includes(error.code)) throw error
    throw new LaunchRefusal(
      `${folder} cannot be written by this user: make the folder of the repository writable, or start as the user who owns it.`,
      { cause: error },
    )
  }
  const touching = setInterval(() => touch(path), touchEveryMs)
  touching.unref()
  try {
    return await work()
  } finally {
    clearInterval(touching)
    if (holderOf(path) === process.pid) rmSync(path, { force: true })
  }
}

async function acquire(path) {
  const deadline = performance.now() + longestWaitMs
  for (let told = false; !take(path); await wait(200)) {
    if (isStale(path)) {
      putAside(path)
      continue
    }
    if (!told)
      console.log(`Another run (process ${holderOf(path) ?? 'unknown'}) is installing the packages; waiting for it.`)
    told = true
    if (performance.now() > deadline) {
      throw new LaunchRefusal(
        `Process ${holderOf(path)} has been installing the packages for too long: end it, delete ${path}, and run the same command again.`,
      )
    }
  }
}

function take(path) {
  try {
    writeFileSync(path, `${process.pid}\n`, { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
}

function isStale(path) {
  const holder = holderOf(path)
  const silentForMs = Date.now() - touchedMs(path)
  // Created and not yet written.
  if (holder === undefined) return silentForMs > touchEveryMs
  return !isAlive(holder) || silentForMs > silentMs
}

/** By renaming, so that of two who find it stale only one can; the other one's rename fails. */
function putAside(path) {
  const aside = `${path}.${process.pid}`
  try {
    renameSync(path, aside)
    rmSync(aside, { force: true })
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
  }
}

function holderOf(path) {
  try {
    const pid = Number(readFileSync(path, 'utf8').trim())
    return Number.isInteger(pid) && pid > 0 ? pid : undefined
  } catch {
    return undefined
  }
}

function touchedMs(path) {
  try {
    return statSync(path).mtimeMs
  } catch {
    return Date.now()
  }
}

function touch(path) {
  try {
    const now = new Date()
    utimesSync(path, now, now)
  } catch {
    // Somebody deleted the lock by hand; that is theirs to answer for.
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}
