import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  freePort,
  makeFreshHome,
  makeHome,
  removeHome,
  runCommand,
  type ServerProcess,
  startProcess,
} from './server-process.ts'

let home: string
let running: ServerProcess
const cleanUp: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  home = await makeHome()
  running = await startProcess({ home })
})

afterAll(async () => {
  await running.interrupt()
  await removeHome(home)
})

afterEach(async () => {
  for (const step of cleanUp.splice(0).toReversed()) await step()
})

/** Starts what cannot start, and returns the one sentence that it says. */
async function refused(
  environment: Readonly<Record<string, string>>,
  args: readonly string[] = ['start'],
): Promise<string> {
  const { code, output } = await runCommand(args, environment)
  expect(code, output).toBe(1)
  const lines = output.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('Creating the embedded'))
  expect(lines, output).toHaveLength(1)
  expect(output).not.toMatch(/\n\s+at /)
  return lines[0] ?? ''
}

/** Modes do not bind root; a file system that takes no folders does. */
async function unwritableFolder(): Promise<string> {
  if (process.getuid?.() === 0 && process.platform === 'linux') return '/sys'
  const folder = await mkdtemp('/tmp/hyponema-e2e-closed-')
  cleanUp.push(() => rm(folder, { recursive: true, force: true }))
  await chmod(folder, 0o500)
  return folder
}

async function ownHome(): Promise<string> {
  return removedLater(await makeFreshHome())
}

/** As after a first start that was stopped. */
async function startedHome(): Promise<string> {
  return removedLater(await makeHome())
}

function removedLater(folder: string): string {
  cleanUp.push(() => removeHome(folder))
  return folder
}

describe('a start that is not possible says in one sentence what to do', () => {
  test('a second instance on the same folder', async () => {
    const port = String(await freePort())
    expect(await refused({ HYPONEMA_HOME: home, HYPONEMA_PORT: port })).toMatch(
      /already runs on .* stop that one first/,
    )
    expect((await fetch(`${running.url}/healthz`)).status).toBe(200)
  })

  test('a key service that does not answer, before anything is served', async () => {
    const environment = {
      HYPONEMA_KEY_SERVICE: 'vault',
      HYPONEMA_VAULT_ADDR: `http://127.0.0.1:${await freePort()}`,
      HYPONEMA_VAULT_TOKEN: 'hvs.nobody',
      HYPONEMA_VAULT_TRANSIT_KEY: 'hyponema',
    }
    const port = String(await freePort())
    const start = { HYPONEMA_HOME: await ownHome(), HYPONEMA_PORT: port }
    const sentence = await refused({ ...start, ...environment })
    expect(sentence).toMatch(/^HYPONEMA_KEY_SERVICE is vault, .*hyponema cannot be used.*HYPONEMA_VAULT_\*/)
    expect(sentence).not.toContain('hvs.')
    expect(await refused({ ...start, ...environment, HYPONEMA_VAULT_ADDR: 'http://vault.example.com' })).toMatch(
      /^HYPONEMA_VAULT_ADDR is missing or unreadable/,
    )
  })

  test('a port that is in use, and the database that was started for it is stopped again', async () => {
    const port = await freePort()
    const blocker = await new Promise<Server>((resolve) => {
      const server = createServer().listen(port, '127.0.0.1', () => resolve(server))
    })
    cleanUp.push(() => new Promise((resolve) => blocker.close(resolve)))
    const folder = await startedHome()
    const sentence = await refused({ HYPONEMA_HOME: folder, HYPONEMA_PORT: String(port) })
    expect(sentence).toContain(`Port ${port} is in use`)
    const again = await startProcess({ home: folder })
    expect(await again.interrupt()).toBe(0)
  })

  test('a folder that is none', async () => {
    const folder = await mkdtemp('/tmp/hyponema-e2e-file-')
    cleanUp.push(() => rm(folder, { recursive: true, force: true }))
    await writeFile(join(folder, 'file'), '')
    expect(await refused({ HYPONEMA_HOME: join(folder, 'file') })).toMatch(/not a folder/)
  })

  test('a folder that this user cannot write', async () => {
    const folder = await unwritableFolder()
    const sentence = await refused({ HYPONEMA_HOME: join(folder, 'hyponema'), HYPONEMA_PORT: String(await freePort()) })
    expect(sentence).toContain(`${join(folder, 'hyponema')} cannot be written by this user; make it writable, or set`)
  })

  test('a keyring that others can read, and one that is gone', async () => {
    const folder = await ownHome()
    await (await startProcess({ home: folder })).interrupt()
    await chmod(join(folder, 'keyring.json'), 0o644)
    expect(await refused({ HYPONEMA_HOME: folder })).toMatch(/can be read by others .* chmod 600/)
    await rm(join(folder, 'keyring.json'))
    expect(await refused({ HYPONEMA_HOME: folder })).toMatch(/keyring\.json is missing.*put it back/)
  })

  test.each([
    ['of another kind', 'mysql://localhost/x', /not a PostgreSQL URL/],
    ['with a password', 'postgres://me:secret@localhost/x', /run `npm run hyponema -- migrate URL`/],
    ['where nothing listens', 'postgres://127.0.0.1:1/x', /migrate|reached/],
  ])('a DATABASE_URL %s', async (_name, url, sentence) => {
    const said = await refused({ HYPONEMA_HOME: await ownHome(), DATABASE_URL: url })
    expect(said).toMatch(sentence)
    expect(said).not.toContain('secret')
  })

  test('a server to migrate that is not there', async () => {
    const url = 'postgres://postgres:secret@127.0.0.1:1/x'
    const said = await refused({ HYPONEMA_HOME: await ownHome() }, ['migrate', url])
    expect(said).toMatch(/cannot be reached/)
    expect(said).not.toContain('secret')
  })

  test.each([
    ['HYPONEMA_PORT', 'many', /HYPONEMA_PORT is "many"/],
    ['HYPONEMA_PUBLIC_ORIGIN', 'example.com/x', /HYPONEMA_PUBLIC_ORIGIN/],
    ['HYPONEMA_LOG_LEVEL', 'loud', /HYPONEMA_LOG_LEVEL/],
    ['HYPONEMA_OUTBOUND_ALLOW', 'everything', /everything/],
    ['HYPONEMA_OUTBOUND_OWN', 'https://talk.example.com', /HYPONEMA_OUTBOUND_OWN/],
    ['HYPONEMA_OUTBOUND_PROXY', 'socks5://127.0.0.1:1080', /HYPONEMA_OUTBOUND_PROXY/],
    ['HYPONEMA_HOST', '0.0.0.0', /serves this machine only/],
    ['HYPONEMA_TRUSTED_PROXIES', 'next-door', /next-door/],
  ])('a setting %s that is wrong', async (name, value, sentence) => {
    expect(await refused({ HYPONEMA_HOME: await ownHome(), [name]: value })).toMatch(sentence)
  })

  test('an unknown command', async () => {
    expect(await refused({ HYPONEMA_HOME: home }, ['dance'])).toMatch(/no command "dance"/)
  })
})
