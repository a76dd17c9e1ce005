/**
 * Where the embedded server keeps what it needs.
 *
 * Started by an ordinary user: everything below `<home>/postgres`, 0700.
 * Started by root: the server runs as another user, who can pass neither through /root nor through a 0700 folder of root.
 * So binaries, data and socket lie below `/var/lib/hyponema/<hash of the home folder>`, and the home folder keeps a pointer,
 * which wins over the hash: a home folder that was renamed finds its data again, and a deleted one that is made anew begins anew.
 */
import { createHash } from 'node:crypto'
import { access, chmod, readFile, realpath, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { hasCode } from '../../../kernel/has-code.ts'
import { parseJson } from '../../../kernel/parse-json.ts'
import { StartupRefusal } from '../../../kernel/startup-refusal.ts'
import { folderRefusal } from './folder-refusal.ts'
import type { HostFacts } from './host-facts.ts'
import { makeFolders } from './make-folders.ts'
import { makePrivateFolder } from './private-folder.ts'
import { chooseServerUser, type ServerUser } from './server-user.ts'

/** Each was a home folder that somebody deleted; past a thousand something deletes them by itself. */
const maxEarlierHomes = 1000

const pointerSchema = z.strictObject({ folder: z.string().min(1) })

export type EmbeddedPlace = {
  readonly homeFolder: string
  readonly baseFolder: string
  readonly dataFolder: string
  readonly runFolder: string
  readonly logPath: string
  readonly lockPath: string
  /** Set when root starts us: who runs the server and owns data and socket. */
  readonly serverUser: ServerUser | undefined
}

export async function choosePlace(homeFolder: string, facts: HostFacts): Promise<EmbeddedPlace> {
  await makePrivateFolder(homeFolder)
  const home = await realpath(homeFolder)
  if (facts.userId !== 0) {
    const base = join(home, 'postgres')
    await makePrivateFolder(base)
    return placeIn(home, base, undefined)
  }
  const base = await rootBaseFolder(home, facts.rootStateFolder)
  return placeIn(home, base, await chooseServerUser())
}

function placeIn(homeFolder: string, baseFolder: string, serverUser: ServerUser | undefined): EmbeddedPlace {
  return {
    homeFolder,
    baseFolder,
    dataFolder: join(baseFolder, 'data'),
    runFolder: join(baseFolder, 'run'),
    logPath: join(baseFolder, 'postgres.log'),
    lockPath: join(baseFolder, 'server.lock'),
    serverUser,
  }
}

async function rootBaseFolder(home: string, stateFolder: string): Promise<string> {
  const pointerPath = join(home, 'embedded-postgres.json')
  const pointed = await readPointer(pointerPath, stateFolder)
  const base = pointed ?? (await unusedFolder(home, stateFolder))
  try {
    await makeFolders(base, 0o755)
    // A strict umask must not keep the server's user from its own folder.
    await chmod(stateFolder, 0o755)
    await chmod(base, 0o755)
  } catch (error) {
    throw new StartupRefusal(
      `Root hands the embedded PostgreSQL to another user, whose files lie in ${base}, and that folder cannot be made: make ${stateFolder} writable, start as an ordinary user, or set DATABASE_URL to a PostgreSQL of yours.`,
      { cause: error },
    )
  }
  if (pointed === undefined)
    await writeFile(pointerPath, `${JSON.stringify({ folder: base })}\n`, { mode: 0o600, flush: true })
  return base
}

/**
 * A home folder without a pointer is a new one, also where an earlier one of the same path has left data behind: its keys
 * are gone with it, so that data is of no use to us, and it is not ours to delete. It is left alone.
 */
async function unusedFolder(home: string, stateFolder: string): Promise<string> {
  for (let earlier = 0; earlier < maxEarlierHomes; earlier += 1) {
    // 16 hexadecimal digits: the path stays short enough for a socket, and two folders of one machine do not meet.
    const named = earlier === 0 ? home : `${home}\n${earlier}`
    const folder = join(stateFolder, createHash('sha256').update(named).digest('hex').slice(0, 16))
    if (!(await exists(join(folder, 'data')))) return folder
  }
  throw new StartupRefusal(
    `${stateFolder} holds the data of ${maxEarlierHomes} earlier installations in ${home}; remove those that nobody needs.`,
  )
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path)
    return true
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false
    throw error
  }
}

async function readPointer(path: string, stateFolder: string): Promise<string | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw folderRefusal(path, error)
  }
  const folder = parsePointer(text)
  if (
    folder !== undefined &&
    dirname(folder) === stateFolder &&
    /^[0-9a-f]{16}$/.test(folder.slice(stateFolder.length + 1))
  )
    return folder
  throw new StartupRefusal(
    `${path} is damaged; write {"folder":"${stateFolder}/..."} with the folder that holds this installation's data, or move ${dirname(path)} away to begin anew.`,
  )
}

function parsePointer(text: string): string | undefined {
  return pointerSchema.safeParse(parseJson(text)).data?.folder
}
