/**
 * Threat: another user of the machine, another program or a second server of ours reaches the database or its files.
 * Rule: it listens on a unix socket in a 0700 folder only, every login needs its password (scram, never `peer`, which
 * would make all logins one), data and socket are private to one user, who is never root, and one process at a time may
 * own the folder.
 * On failure: a StartupRefusal with one sentence; what was started until then is stopped and the lock is given back.
 *
 * lock -> what the caller asks before -> [data missing: create] -> [left behind by a killed server: adopt or stop] -> start -> ready -> stop -> unlock
 *
 * A server that survived a kill -9 of ours is adopted when it is exactly what we would start: that is quick, and its open
 * connections die with the sockets of the killed process. The superuser's password is handed out once, when it is made:
 * a serving process keeps nothing of it.
 */
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { StartupRefusal } from '../../../kernel/startup-refusal.ts'
import type { DatabaseAddress } from '../database-address.ts'
import { choosePlace, type EmbeddedPlace } from './choose-place.ts'
import { createCluster, databaseName, majorVersion, readDataVersion, superuserName } from './create-cluster.ts'
import { findRunning, ownSocketFolders, type Running } from './find-running.ts'
import { acquireFolderLock } from './folder-lock.ts'
import { folderRefusal } from './folder-refusal.ts'
import { type HostFacts, readHostFacts } from './host-facts.ts'
import { type Binaries, findNativePackage, useCopy, useInPlace } from './native-binaries.ts'
import { isRunning, type Postmaster, startPostmaster, stopPostmaster } from './postmaster.ts'
import { makePrivateFolder } from './private-folder.ts'
import { refuseUnsupportedHost } from './refuse-unsupported-host.ts'
import { fitsSocketPath, type ServerSettings, serverArguments, socketPort } from './server-arguments.ts'

/** With the immediate stop after it this stays below what one step of our own shutdown may take. */
const defaultStopDeadlineMs = 15_000

export type EmbeddedPostgresOptions = {
  /** `.hyponema`; made with mode 0700 when it is missing. */
  readonly homeFolder: string
  /** Called once the folder is ours and before anything is made or started in it; what it throws ends the start. */
  readonly beforeChanges?: () => Promise<void>
  /** 16 to 200 letters, digits, `_` and `-`, at random. Called once, on the first start. */
  readonly newPassword: () => string
  /** Must have reached the disk when it resolves. Called once, on the first start. */
  readonly saveSuperuserPassword: (password: string) => Promise<void>
  /** Called when the server's process has been started and is waited for: time for work of one's own. Again if it is tried again. */
  readonly onLaunched?: () => void
  /** Hears what an operator wants to know, one sentence at a time. */
  readonly log?: (sentence: string) => void
  /** The server ended without our asking. The caller should drain and end; the next start recovers the data. */
  readonly onLost?: () => void
  /** Recovery after a crash replays at most `max_wal_size` (1 GB); two minutes are enough for that on a slow disk. */
  readonly startDeadlineMs?: number
  /** Sessions are gone by then, so what remains is writing the last pages. */
  readonly stopDeadlineMs?: number
  readonly facts?: HostFacts
  /** Settings on top of ours. For tests: real data keeps fsync. */
  readonly settings?: ServerSettings
  /** Other binaries than the package's. For tests on another version. */
  readonly binaries?: Binaries
}

export type EmbeddedPostgres = {
  /** A socket folder as host. The logins are the caller's business. */
  readonly address: DatabaseAddress
  readonly superuserName: string
  /** Where the data is, for the operator. */
  readonly dataFolder: string
  /** The server's log, for the operator. */
  readonly logPath: string
  /** Name of the user the server runs as; undefined when it is the one who runs us. */
  readonly serverUser: string | undefined
  readonly version: string
  readonly pid: number
  readonly isNew: boolean
  readonly wasAdopted: boolean
  /** Fast shutdown; call it when nothing of ours uses the database any more. Safe to call twice. */
  readonly stop: () => Promise<void>
}

export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const facts = options.facts ?? readHostFacts()
  refuseUnsupportedHost(facts)
  const place = await choosePlace(options.homeFolder, facts)
  const lock = await acquireFolderLock(place.lockPath, place.homeFolder).catch((error: unknown) => {
    throw folderRefusal(place.lockPath, error)
  })
  try {
    await options.beforeChanges?.()
    const binaries = options.binaries ?? (await readyBinaries(place, facts))
    refuseUnquotable(binaries.folder)
    const isNew = await prepareData(place, binaries, options)
    const { running, wasAdopted } = await adoptOrStart(place, binaries, { ...options, facts })
    const { postmaster, runFolder } = running
    const stopWatching = watch(postmaster, options.onLost)
    let stopping: Promise<void> | undefined
    const stop = async (): Promise<void> => {
      stopWatching()
      const how = await stopPostmaster(postmaster, options.stopDeadlineMs ?? defaultStopDeadlineMs)
      if (how !== 'fast')
        options.log?.(`The embedded PostgreSQL had to be stopped hard (${how}); the next start recovers the data.`)
      await dropRunFolder(place, runFolder)
      await lock.release()
    }
    return {
      address: { host: runFolder, port: socketPort, database: databaseName, tls: 'off' },
      superuserName,
      dataFolder: place.dataFolder,
      logPath: place.logPath,
      serverUser: place.serverUser?.name,
      version: binaries.version,
      pid: postmaster.pid,
      isNew,
      wasAdopted,
      stop: () => (stopping ??= stop()),
    }
  } catch (error) {
    await lock.release()
    throw error
  }
}

async function readyBinaries(place: EmbeddedPlace, facts: HostFacts): Promise<Binaries> {
  const found = await findNativePackage(facts)
  return place.serverUser === undefined ? useInPlace(found, place.baseFolder) : useCopy(found, place.baseFolder)
}

/** initdb calls the server through a shell and puts its path between double quotes as it is. */
function refuseUnquotable(folder: string): void {
  if (!/["$`\\\n]/.test(folder)) return
  throw new StartupRefusal(
    `The path ${folder} contains one of the characters " $ \` \\, which PostgreSQL's own set-up cannot take: move the repository to a path without them, or set DATABASE_URL to a PostgreSQL of yours.`,
  )
}

/** Returns whether the data was made now. */
async function prepareData(
  place: EmbeddedPlace,
  binaries: Binaries,
  options: EmbeddedPostgresOptions,
): Promise<boolean> {
  const version = await readDataVersion(place.dataFolder)
  if (version === undefined) {
    options.log?.(`Creating the embedded PostgreSQL in ${place.dataFolder}`)
    await createCluster({
      place,
      binaries,
      newPassword: options.newPassword,
      saveSuperuserPassword: options.saveSuperuserPassword,
    })
    return true
  }
  const expected = majorVersion(binaries)
  if (version !== expected) {
    throw new StartupRefusal(
      `${place.dataFolder} was made by PostgreSQL ${version} and this build brings ${expected}: start the earlier build to save the data, then move the folder away.`,
    )
  }
  const { uid } = await stat(place.dataFolder)
  const owner = place.serverUser?.userId ?? process.getuid?.()
  if (uid !== owner) {
    throw new StartupRefusal(
      `${place.dataFolder} belongs to user id ${uid}, and the server would run as user id ${owner}: start as the user who made it, or give the folder to the new one (chown -R).`,
    )
  }
  return false
}

async function adoptOrStart(
  place: EmbeddedPlace,
  binaries: Binaries,
  options: EmbeddedPostgresOptions & { facts: HostFacts },
): Promise<{ running: Running; wasAdopted: boolean }> {
  const argumentsFor = (runFolder: string): readonly string[] =>
    serverArguments({
      dataFolder: place.dataFolder,
      runFolder,
      ...(options.settings && { settings: options.settings }),
    })
  const found = await findRunning({
    place,
    expectedCommand: (runFolder) => [join(binaries.folder, 'postgres'), ...argumentsFor(runFolder)].join(' '),
    userId: place.serverUser?.userId ?? options.facts.userId,
    stopDeadlineMs: options.stopDeadlineMs ?? defaultStopDeadlineMs,
  })
  if (found !== undefined) return { running: found, wasAdopted: true }
  const runFolder = await makeRunFolder(place)
  const deadlineMs = options.startDeadlineMs ?? 120_000
  try {
    const { onLaunched } = options
    const postmaster = await startPostmaster({ place, binaries, args: argumentsFor(runFolder), deadlineMs, onLaunched })
    return { running: { postmaster, runFolder }, wasAdopted: false }
  } catch (error) {
    await dropRunFolder(place, runFolder)
    throw error
  }
}

async function dropRunFolder(place: EmbeddedPlace, runFolder: string): Promise<void> {
  if (runFolder !== place.runFolder) await rm(runFolder, { recursive: true, force: true })
}

/**
 * Beside the data where the path is short enough, else a fresh folder below /tmp that only its owner can enter.
 * No server of ours runs now, so a socket that lies there is stale, and its lock file may name a number that somebody else
 * has, or a process that nobody collects (the first process of many containers does not): the server would refuse to start.
 */
async function makeRunFolder(place: EmbeddedPlace): Promise<string> {
  await rm(place.runFolder, { recursive: true, force: true })
  const folder = fitsSocketPath(place.runFolder) ? place.runFolder : await mkdtemp(ownSocketFolders)
  await makePrivateFolder(folder, place.serverUser)
  return folder
}

/** An adopted server is no child of ours, so it is looked at: a second is what a lost database may cost before we know. */
function watch(postmaster: Postmaster, onLost: (() => void) | undefined): () => void {
  if (onLost === undefined) return () => undefined
  let isWatching = true
  const timer = setInterval(() => {
    void isRunning(postmaster).then((runs) => {
      if (runs || !isWatching) return
      stopWatching()
      onLost()
    })
  }, 1_000)
  timer.unref()
  const stopWatching = (): void => {
    isWatching = false
    clearInterval(timer)
  }
  return stopWatching
}
