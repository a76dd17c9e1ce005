import { execFile } from 'node:child_process'
import { access, chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { StartupRefusal } from '../../../kernel/startup-refusal.ts'
import { startEmbeddedProcess } from '../../../test-harness/embedded-process.ts'
import type { DatabaseAddress } from '../database-address.ts'
import { connectionConfig } from '../login-pool.ts'
import { choosePlace } from './choose-place.ts'
import { type HostFacts, readHostFacts } from './host-facts.ts'
import { type Binaries, findNativePackage, useCopy } from './native-binaries.ts'
import { processIdentity } from './process-identity.ts'
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from './start-embedded-postgres.ts'

const isRoot = process.getuid?.() === 0
const password = 'password-of-a-test-0123456789'

let folder: string
let running: EmbeddedPostgres[]

async function makeFolder(path?: string): Promise<string> {
  const made = path === undefined ? await mkdtemp('/tmp/hyponema-embedded-') : path
  await mkdir(made, { recursive: true })
  // As root the server runs as another user, who must be able to pass.
  await chmod(made, 0o711)
  return made
}

function rootStateFolder(): string {
  return join(folder, 'state')
}

function hostFacts(): HostFacts {
  return { ...readHostFacts(), rootStateFolder: rootStateFolder() }
}

async function startHere(options: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({
    homeFolder: join(folder, 'home'),
    newPassword: () => password,
    saveSuperuserPassword: async () => undefined,
    facts: hostFacts(),
    ...options,
  })
  running.push(postgres)
  return postgres
}

async function ask(address: DatabaseAddress, sql: string, given: string = password): Promise<unknown> {
  const client = new pg.Client(connectionConfig(address, { user: 'postgres', password: given }))
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query<{ answer: unknown }>(sql)).rows[0]?.answer
  } finally {
    await client.end()
  }
}

const lives = async (pid: number): Promise<boolean> => (await processIdentity(pid)) !== undefined

async function untilGone(pid: number): Promise<void> {
  await expect.poll(() => lives(pid), { timeout: 10_000 }).toBe(false)
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

describe('a running embedded server', () => {
  let postgres: EmbeddedPostgres
  const saved: string[] = []
  beforeAll(async () => {
    folder = await makeFolder()
    running = []
    postgres = await startHere({
      saveSuperuserPassword: async (made) => {
        saved.push(made)
      },
    })
  })
  afterAll(async () => {
    await postgres.stop()
    await rm(folder, { recursive: true, force: true })
  })

  test('is PostgreSQL 18 with checksums and every write on disk', async () => {
    expect(postgres.isNew).toBe(true)
    expect(saved).toEqual([password])
    expect(await ask(postgres.address, `select current_setting('server_version') as answer`)).toMatch(/^18\./)
    expect(await ask(postgres.address, `select current_setting('data_checksums') as answer`)).toBe('on')
    expect(await ask(postgres.address, `select current_setting('fsync') as answer`)).toBe('on')
  })

  test('sorts and folds letters of every language', async () => {
    expect(await ask(postgres.address, `select upper('straße é ж') as answer`)).toBe('STRASSE É Ж'.replace('SS', 'ß'))
  })

  test('listens on a unix socket in a 0700 folder and on no port', async () => {
    expect(await ask(postgres.address, `select current_setting('listen_addresses') as answer`)).toBe('')
    expect((await stat(postgres.address.host)).mode & 0o777).toBe(0o700)
    expect((await stat(postgres.dataFolder)).mode & 0o777).toBe(0o700)
    expect((await stat(join(folder, 'home'))).mode & 0o777).toBe(0o700)
  })

  test('wants the password from everybody, the user who runs it included', async () => {
    await expect(ask(postgres.address, 'select 1', 'wrong')).rejects.toThrow('password authentication failed')
    const rules = await readFile(join(postgres.dataFolder, 'pg_hba.conf'), 'utf8')
    const methods = rules.split('\n').filter((line) => /^(local|host)/.test(line))
    expect(methods.length).toBeGreaterThan(0)
    for (const line of methods) expect(line).toMatch(/scram-sha-256$/)
  })

  test('keeps what a failed statement said out of its log', async () => {
    await expect(ask(postgres.address, `select 'said-in-confidence'::int`)).rejects.toThrow('said-in-confidence')
    expect(await readFile(postgres.logPath, 'utf8')).not.toContain('said-in-confidence')
  })

  test.runIf(process.platform === 'linux')('has a session of its own, and nothing of our environment', async () => {
    const fields = (await readFile(`/proc/${postgres.pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? []
    expect(Number(fields[3])).toBe(postgres.pid)
    const environment = await readFile(`/proc/${postgres.pid}/environ`, 'utf8')
    expect(environment).not.toContain('HOME=')
    expect(environment).not.toContain('npm_')
  })

  test('refuses a second one on the same folder, from this process and from another', async () => {
    await expect(startHere()).rejects.toThrow(StartupRefusal)
    await expect(startHere()).rejects.toThrow(/already runs on .*home \(process \d+\): stop that one first/)
    const other = startEmbeddedProcess({ homeFolder: join(folder, 'home'), rootStateFolder: rootStateFolder() })
    await expect(other.ready).rejects.toThrow('already runs on')
    expect(await ask(postgres.address, 'select 1 as answer')).toBe(1)
  })

  test.runIf(isRoot)('runs as another user than root, with binaries that this user cannot change', async () => {
    const { uid } = await stat(postgres.dataFolder)
    expect(uid).not.toBe(0)
    expect(postgres.serverUser).toMatch(/^(hyponema|postgres|nobody)$/)
    const base = dirname(postgres.dataFolder)
    expect(dirname(base)).toBe(rootStateFolder())
    const binary = await stat(join(base, `postgresql-${postgres.version}`, 'native', 'bin', 'postgres'))
    expect([binary.uid, binary.mode & 0o777]).toEqual([0, 0o755])
    expect((await stat(base)).uid).toBe(0)
    expect(await readdir(join(folder, 'home'))).toEqual(['embedded-postgres.json'])
  })
})

describe('the embedded server', () => {
  let shared: string
  let binaries: Binaries
  let made: string
  // One copy for all, and one first start: what is copied for whom, and what a first start makes, have their own tests above.
  beforeAll(async () => {
    shared = await makeFolder()
    binaries = await useCopy(await findNativePackage(readHostFacts()), shared)
    folder = shared
    running = []
    const first = await start()
    await first.stop()
    made = first.dataFolder
  })
  afterAll(() => rm(shared, { recursive: true, force: true }))
  beforeEach(async () => {
    folder = await makeFolder()
    running = []
  })
  afterEach(async () => {
    for (const postgres of running) await postgres.stop()
    await rm(folder, { recursive: true, force: true })
  })
  const homeFolder = (): string => join(folder, 'home')
  const start = (options: Partial<EmbeddedPostgresOptions> = {}) => startHere({ binaries, ...options })
  /** The data of a first start that was stopped, in the place where the next start looks for it. */
  const putData = async (home = homeFolder(), facts: HostFacts = hostFacts()): Promise<void> => {
    const { dataFolder } = await choosePlace(home, facts)
    await promisify(execFile)('cp', ['-a', made, dataFolder])
  }
  const startKilled = async (settings: readonly string[] = []) => {
    await putData()
    const place = { homeFolder: homeFolder(), rootStateFolder: rootStateFolder() }
    const first = startEmbeddedProcess({ ...place, settings, binaries })
    const report = await first.ready
    await first.kill()
    return report
  }

  test('stops in order, and starts a second time with its data, and without a password', async () => {
    const first = await start()
    await ask(first.address, 'create table kept (n int)')
    await Promise.all([first.stop(), first.stop()])
    expect(await lives(first.pid)).toBe(false)
    expect(await exists(join(first.dataFolder, 'postmaster.pid'))).toBe(false)
    const second = await start({
      newPassword: () => {
        throw new RangeError('asked for a password')
      },
    })
    expect([second.isNew, second.wasAdopted]).toEqual([false, false])
    expect(await ask(second.address, 'select count(*)::int as answer from kept')).toBe(0)
  })

  test('says that it was launched while it is still waited for', async () => {
    await putData()
    const heard: string[] = []
    const postgres = await start({ onLaunched: () => heard.push('launched') }).then((started) => {
      heard.push('ready')
      return started
    })
    expect(heard).toEqual(['launched', 'ready'])
    await postgres.stop()
  })

  test('survives a kill -9 of whoever started it and is adopted', async () => {
    const left = await startKilled()
    expect(await lives(left.pid)).toBe(true)
    const adopted = await start()
    expect([adopted.wasAdopted, adopted.pid]).toEqual([true, left.pid])
    expect(await ask(adopted.address, 'select 1 as answer')).toBe(1)
    await adopted.stop()
    expect(await lives(left.pid)).toBe(false)
  })

  test('left behind with other settings is stopped and started anew', async () => {
    const left = await startKilled(['work_mem=5MB'])
    const fresh = await start()
    expect(fresh.wasAdopted).toBe(false)
    expect(await lives(left.pid)).toBe(false)
    expect(await ask(fresh.address, 'select 1 as answer')).toBe(1)
  })

  test('recovers what was committed when all of it is killed', async () => {
    const left = await startKilled()
    await ask(left.address, 'create table kept (n int)')
    await ask(left.address, 'insert into kept select generate_series(1, 1000)')
    process.kill(left.pid, 'SIGKILL')
    await untilGone(left.pid)
    const recovered = await start()
    expect(recovered.wasAdopted).toBe(false)
    expect(await ask(recovered.address, 'select count(*)::int as answer from kept')).toBe(1_000)
  })

  test('says that it was lost, once, and not when it is stopped', async () => {
    await putData()
    let lost = 0
    const { promise, resolve } = Promise.withResolvers<void>()
    const postgres = await start({
      onLost: () => {
        lost += 1
        resolve()
      },
    })
    process.kill(postgres.pid, 'SIGKILL')
    await promise
    await postgres.stop()
    expect(lost).toBe(1)
    const second = await start({ onLost: () => (lost += 1) })
    await second.stop()
    expect(lost).toBe(1)
  })

  test('is not taken in by a pid file and a lock whose numbers belong to others now', async () => {
    await putData()
    const first = await start()
    await first.stop()
    const lines = [process.pid, first.dataFolder, 0, 5432, first.address.host, '', '  12345 67890', 'ready   ', '']
    await writeFile(join(first.dataFolder, 'postmaster.pid'), lines.join('\n'))
    const lock = JSON.stringify({ pid: process.pid, identity: 'an-earlier-boot:42' })
    await writeFile(join(dirname(first.dataFolder), 'server.lock'), lock)
    const second = await start()
    expect(second.wasAdopted).toBe(false)
    expect(await ask(second.address, 'select 1 as answer')).toBe(1)
  })

  test('of a first start that was killed halfway begins anew', async () => {
    await putData()
    const first = await start()
    await first.stop()
    await rename(first.dataFolder, `${first.dataFolder}.new`)
    const second = await start()
    expect(second.isNew).toBe(true)
    expect(await exists(`${second.dataFolder}.new`)).toBe(false)
  })

  test('finds its place below a path of 150 characters, is adopted there, and leaves no socket folder', async () => {
    const name = 'a-folder-with-a-long-name'.padEnd(150 - folder.length - '//home'.length, '-')
    const long = join(await makeFolder(join(folder, name)), 'home')
    expect(long.length).toBe(150)
    const longState = join(dirname(long), 'state')
    await putData(long, { ...hostFacts(), rootStateFolder: longState })
    const first = startEmbeddedProcess({ homeFolder: long, rootStateFolder: longState, binaries })
    const left = await first.ready
    await first.kill()
    const facts = { ...readHostFacts(), rootStateFolder: longState }
    const adopted = await start({ homeFolder: long, facts })
    expect([adopted.wasAdopted, adopted.pid]).toEqual([true, left.pid])
    expect(adopted.address.host).toMatch(/^\/tmp\/hyponema-\w{6}$/)
    expect((await stat(adopted.address.host)).mode & 0o777).toBe(0o700)
    expect(await ask(adopted.address, 'select 1 as answer')).toBe(1)
    await adopted.stop()
    expect(await exists(adopted.address.host)).toBe(false)
  })

  test('takes a path with spaces, commas, apostrophes and letters of other languages, and refuses the others', async () => {
    const odd = await makeFolder(join(folder, `my own, Ordner's böse`))
    const postgres = await startHere({
      homeFolder: join(odd, 'home'),
      facts: { ...readHostFacts(), rootStateFolder: join(odd, 'state') },
    })
    expect(await ask(postgres.address, 'select 1 as answer')).toBe(1)
    await expect(start({ binaries: { folder: '/opt/$(id)/bin', version: '18.0' } })).rejects.toThrow(
      /contains one of the characters .*: move the repository/,
    )
  })

  test('refuses data of another version and leaves it alone', async () => {
    await putData()
    const first = await start()
    await first.stop()
    await writeFile(join(first.dataFolder, 'PG_VERSION'), '17\n')
    await expect(start()).rejects.toThrow(/made by PostgreSQL 17 and this build brings 18/)
    expect(await exists(join(first.dataFolder, 'postgresql.conf'))).toBe(true)
  })

  test('that cannot be created says why, leaves no data and frees the folder', async () => {
    const broken = { folder: join(folder, 'binaries'), version: '18.0' }
    await expect(start({ binaries: broken })).rejects.toThrow(
      /could not be set up: .*initdb said ".*ENOENT.*"; fix that/,
    )
    const postgres = await start()
    expect(postgres.isNew).toBe(true)
  })

  test('that cannot start says what the server said, and frees the folder', async () => {
    await putData()
    await expect(start({ settings: { work_mem: 'nonsense' } })).rejects.toThrow(
      /did not start: .*invalid value for parameter "work_mem".* has more, and data lies in/,
    )
    await start()
  })

  test('refuses a home that is no folder', async () => {
    await writeFile(homeFolder(), '')
    await expect(start()).rejects.toThrow('is not a folder')
  })

  test.runIf(isRoot)(
    'finds its data again after the home folder was renamed, and refuses a pointer elsewhere',
    async () => {
      await putData()
      const first = await start()
      await ask(first.address, 'create table kept (n int)')
      await first.stop()
      const moved = join(folder, 'moved')
      await rename(homeFolder(), moved)
      const second = await start({ homeFolder: moved })
      expect([second.isNew, second.dataFolder]).toEqual([false, first.dataFolder])
      await second.stop()
      await writeFile(join(moved, 'embedded-postgres.json'), JSON.stringify({ folder: '/etc' }))
      await expect(start({ homeFolder: moved })).rejects.toThrow('is damaged')
    },
  )
})
