/** Reads every place where a secret could lie after the run, and says which of them lie there. */
import { chmod, mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { askAsSuperuser } from './ask-as-superuser.ts'
import type { CanaryWorld } from './canary-world.ts'
import type { TraceFinder } from './trace-finder.ts'

/** Where something was found: files by their path, answers by their request. */
export type Finds = ReadonlyMap<string, ReadonlySet<string>>

export const places = [
  'log',
  'standard output',
  'commands',
  'answers',
  'webhook bodies',
  'heap',
  'copies of tables',
  'data directory',
  'write-ahead log',
  'temporary files',
  'home',
  'backup',
] as const
export type Place = (typeof places)[number]

export async function searchPlaces(world: CanaryWorld, finder: TraceFinder): Promise<ReadonlyMap<Place, Finds>> {
  const { server, recorder, printed, home } = world
  const text = (name: string, ...parts: readonly string[]): Finds => onlyHits([[name, finder.find(...parts)]])
  const heap = await findInHeap(world, finder)
  const [setting] = await askAsSuperuser<{ folder: string }>(home, "select current_setting('data_directory') as folder")
  const data = setting?.folder ?? ''
  const base = dirname(data)
  const backups = join(home, 'backups')
  await mkdir(backups)
  await world.command('backup', backups)
  const copies = await copyTables(home, join(base, 'copies'))
  await askAsSuperuser(home, 'checkpoint')
  const found = new Map<Place, Finds>([
    ['log', text('standard error', server.log())],
    ['standard output', text('standard output', withoutLog(server.output(), server.log()))],
    ['commands', text('what commands print', ...printed)],
    ['answers', onlyHits(recorder.answers.map(({ what, text: said }, nth) => [`${nth} ${what}`, finder.find(said)]))],
    ['webhook bodies', onlyHits(world.receiver.received.map((said, nth) => [`${nth}`, finder.find(said)]))],
    ['heap', heap],
    ['backup', await findInFiles(backups, finder)],
    ['copies of tables', await findInFiles(copies, finder)],
  ])
  await rm(copies, { recursive: true })
  await rm(backups, { recursive: true })
  for (const [place, finds] of await searchFolders(home, base, finder)) found.set(place, finds)
  return found
}

async function searchFolders(home: string, base: string, finder: TraceFinder): Promise<ReadonlyMap<Place, Finds>> {
  const inHome = await findInFiles(home, finder)
  const inBase = base.startsWith(home) ? new Map<string, ReadonlySet<string>>() : await findInFiles(base, finder)
  const all = [...inHome, ...inBase].map(([path, names]) => [path.replace(/^postgres\//, ''), names] as const)
  const placeOf = (path: string): Place => {
    if (path.startsWith('data/pg_wal/')) return 'write-ahead log'
    if (path.includes('pgsql_tmp')) return 'temporary files'
    return path.startsWith('data/') ? 'data directory' : 'home'
  }
  return new Map(
    (['data directory', 'write-ahead log', 'temporary files', 'home'] as const).map((place) => [
      place,
      new Map(all.filter(([path]) => placeOf(path) === place)),
    ]),
  )
}

function withoutLog(output: string, log: string): string {
  const logged = new Set(log.split('\n'))
  return output
    .split('\n')
    .filter((line) => !logged.has(line))
    .join('\n')
}

/** Binary: bytes lie in it as they are, text too. */
async function copyTables(home: string, folder: string): Promise<string> {
  await mkdir(folder)
  // The server writes them, and runs as somebody else where root has started it.
  await chmod(folder, 0o777)
  const tables = await askAsSuperuser<{ name: string }>(
    home,
    `select format('%I.%I', n.nspname, c.relname) as name
     from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and not c.relispartition and n.nspname not in ('pg_catalog', 'information_schema')`,
  )
  for (const { name } of tables) {
    const path = join(folder, `${name}.copy`).replaceAll("'", "''")
    await askAsSuperuser(home, `copy (select * from ${name}) to '${path}' (format binary)`)
  }
  return folder
}

/** Sessions have ended and connections of clients are closed; V8 collects all garbage before it writes a snapshot. */
async function findInHeap({ server, heapFolder }: CanaryWorld, finder: TraceFinder): Promise<Finds> {
  process.kill(server.pid, 'SIGUSR2')
  for (let tries = 0; (await readdir(heapFolder)).length === 0; tries += 1) {
    if (tries > 600) throw new Error('the server wrote no snapshot of its heap')
    await pause(50)
  }
  // It writes the snapshot at one go, so when it answers again the file is whole. Connections from before may have been given up.
  while (!(await isAnswering(server.url))) await pause(100)
  const [name = ''] = await readdir(heapFolder)
  const path = join(heapFolder, name)
  if (!/\]\s*\}\s*$/.test((await readFile(path)).subarray(-10).toString())) throw new Error(`${path} is not whole`)
  return onlyHits([['heap', await finder.findInFile(path)]])
}

function isAnswering(url: string): Promise<boolean> {
  return fetch(`${url}/healthz`).then(
    ({ ok }) => ok,
    () => false,
  )
}

async function findInFiles(folder: string, finder: TraceFinder): Promise<Finds> {
  const found: [string, ReadonlySet<string>][] = []
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    // Links lead to the binaries, which were there before.
    if (!entry.isFile() || entry.parentPath.includes('/postgresql-')) continue
    const path = join(entry.parentPath, entry.name)
    found.push([relative(folder, path), await finder.findInFile(path)])
  }
  return onlyHits(found)
}

function onlyHits(found: readonly (readonly [string, ReadonlySet<string>])[]): Finds {
  return new Map(found.filter(([, names]) => names.size > 0))
}
