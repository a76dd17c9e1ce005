import { mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { processIdentity } from '../../packages/server/src/platform/postgres/embedded/process-identity.ts'
import { freshDatabase } from '../harness/fresh-database.ts'
import { type Running, startScript } from './run-to-end.ts'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const demoSchema = z.object({ url: z.string(), api_key: z.string(), agent_id: z.string(), talk_url: z.string() })

async function listenOnFreePort(): Promise<{ server: Server; port: number }> {
  const server = createServer()
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address: AddressInfo | string | null = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { server, port: address.port }
}

async function freePort(): Promise<number> {
  const { server, port } = await listenOnFreePort()
  await new Promise((resolve) => {
    server.close(resolve)
  })
  return port
}

describe('npm start on the embedded database', () => {
  let home: string
  let port: number
  let firstOutput: string
  let running: Running[] = []

  const start = (environment: NodeJS.ProcessEnv = {}): Running => {
    const { DATABASE_URL: _none, ...inherited } = process.env
    const server = startScript({
      args: [join(repository, 'tools', 'launch.mjs'), 'start'],
      cwd: repository,
      env: { ...inherited, HYPONEMA_HOME: home, HYPONEMA_PORT: String(port), ...environment },
      group: true,
    })
    running.push(server)
    return server
  }
  const stop = async (server: Running): Promise<void> => {
    server.child.kill('SIGTERM')
    await server.ended
  }
  const ready = (server: Running) => server.untilSaid(/Hyponema is ready/)
  /** What a terminal does on Ctrl-C: everybody in the foreground is told. */
  const pressCtrlC = (server: Running): void => void process.kill(-(server.child.pid ?? 0), 'SIGINT')
  const postgresPid = async (): Promise<number> =>
    Number((await readFile(join(await dataFolder(), 'postmaster.pid'), 'utf8')).split('\n')[0])
  const dataFolder = async (): Promise<string> => {
    const pointer = await readFile(join(home, 'embedded-postgres.json'), 'utf8').catch(() => undefined)
    if (pointer === undefined) return join(home, 'postgres', 'data')
    return join(z.object({ folder: z.string() }).parse(JSON.parse(pointer)).folder, 'data')
  }
  const lives = async (pid: number): Promise<boolean> => (await processIdentity(pid)) !== undefined

  beforeAll(async () => {
    home = await mkdtemp('/tmp/hyponema-start-')
    port = await freePort()
    const server = start()
    await ready(server)
    pressCtrlC(server)
    await server.ended
    firstOutput = server.said()
  })
  afterEach(async () => {
    for (const server of running) await stop(server)
    running = []
  })
  afterAll(async () => {
    if (process.getuid?.() === 0) await rm(join(await dataFolder(), '..'), { recursive: true, force: true })
    await rm(home, { recursive: true, force: true })
  })

  test('tells a newcomer where everything is, and keeps it from others', async () => {
    const demo = demoSchema.parse(JSON.parse(await readFile(join(home, 'demo.json'), 'utf8')))
    expect(firstOutput).toContain(demo.talk_url)
    expect(firstOutput).toContain(await dataFolder())
    expect(demo.url).toBe(`http://127.0.0.1:${port}`)
    expect((await stat(home)).mode & 0o777).toBe(0o700)
    for (const name of ['demo.json', 'keyring.json', 'logins.json', 'admin.json']) {
      expect((await stat(join(home, name))).mode & 0o777).toBe(0o600)
    }
  })

  test('is ready in under 3 s the second time and answers', async () => {
    // The quickest of eight, because what else the machine does at the moment is not what is asked.
    const tookMs: number[] = []
    for (let attempt = 0; attempt < 8 && Math.min(...tookMs) >= 3_000; attempt += 1) {
      await Promise.all(running.map(stop))
      const startedMs = performance.now()
      await ready(start())
      tookMs.push(performance.now() - startedMs)
    }
    expect(Math.min(...tookMs)).toBeLessThan(3_000)
    const demo = demoSchema.parse(JSON.parse(await readFile(join(home, 'demo.json'), 'utf8')))
    expect((await fetch(demo.talk_url)).status).toBe(200)
    const agents = await fetch(`${demo.url}/v1/agents`, { headers: { authorization: `Bearer ${demo.api_key}` } })
    expect(agents.status).toBe(200)
  })

  test('drains and stops on Ctrl-C, and nothing is left running', async () => {
    const server = start()
    await ready(server)
    const database = await postgresPid()
    pressCtrlC(server)
    expect(await server.ended).toMatchObject({ code: 0, signal: null, stderr: '' })
    expect(await lives(database)).toBe(false)
    await expect(stat(join(await dataFolder(), 'postmaster.pid'))).rejects.toThrow('ENOENT')
  })

  test('is refused on a folder that is in use, in one sentence', async () => {
    await ready(start())
    const second = await start({ HYPONEMA_PORT: String(await freePort()) }).ended
    expect(second.code).toBe(1)
    expect(second.stderr).toMatch(/^Hyponema already runs on .* \(process \d+\): stop that one first.*\n$/)
  })

  test('a refused second start leaves the first one as it was: commands on the host still find its database', async () => {
    await ready(start())
    expect((await start({ HYPONEMA_PORT: String(await freePort()) }).ended).code).toBe(1)
    // The same port too: what is said is that it runs already.
    expect((await start().ended).stderr).toMatch(/^Hyponema already runs on /)
    const { DATABASE_URL: _none, ...inherited } = process.env
    const command = startScript({
      args: [join(repository, 'tools', 'launch.mjs'), 'hyponema', 'operator-token', 'create'],
      cwd: repository,
      env: { ...inherited, HYPONEMA_HOME: home },
    })
    expect(await command.ended).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringMatching(/^ey[\w-]+\.[\w-]+\.[\w-]+\n$/),
    })
  })

  test('is refused on a port that is in use, in one sentence, and stops what it had started', async () => {
    const taken = await listenOnFreePort()
    const refused = await start({ HYPONEMA_PORT: String(taken.port) }).ended
    taken.server.close()
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain(`Port ${taken.port} is in use; stop what uses it`)
    expect(refused.stderr.trim().split('\n')).toHaveLength(1)
    await expect(stat(join(await dataFolder(), 'postmaster.pid'))).rejects.toThrow('ENOENT')
  })

  test('goes on with its database after a kill -9', async () => {
    const first = start()
    await ready(first)
    const database = await postgresPid()
    first.child.kill('SIGKILL')
    await first.ended
    expect(await lives(database)).toBe(true)
    const second = start()
    await ready(second)
    expect(await postgresPid()).toBe(database)
    pressCtrlC(second)
    expect(await second.ended).toMatchObject({ code: 0 })
    expect(await lives(database)).toBe(false)
  })

  test('says in one sentence that the passwords of its own database are gone', async () => {
    const aside = join(home, 'admin.json.aside')
    await rename(join(home, 'admin.json'), aside)
    const refused = await start().ended
    await rename(aside, join(home, 'admin.json'))
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain(`${home}/admin.json`)
    await expect(stat(join(await dataFolder(), 'postmaster.pid'))).rejects.toThrow('ENOENT')
  })

  test('serves a database of the operator without ever opening admin.json', async () => {
    const database = await freshDatabase()
    const other = await mkdtemp('/tmp/hyponema-start-')
    await writeFile(join(other, 'logins.json'), JSON.stringify(database.logins), { mode: 0o600 })
    const server = start({ HYPONEMA_HOME: other, DATABASE_URL: database.databaseUrl })
    await ready(server)
    pressCtrlC(server)
    expect(await server.ended).toMatchObject({ code: 0 })
    expect(await readdir(other)).not.toContain('admin.json')
    await rm(other, { recursive: true })
    await database.drop()
  })
})
