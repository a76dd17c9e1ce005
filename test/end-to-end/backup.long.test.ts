import { spawn } from 'node:child_process'
import { copyFile, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { readEmbeddedAddress } from '../../packages/server/src/commands/read-embedded-address.ts'
import { askAs } from '../../packages/server/src/platform/postgres/ask-as.ts'
import { administratorUrl } from '../../packages/server/src/platform/postgres/embedded/administrator-url.ts'
import { openLoginPool } from '../../packages/server/src/platform/postgres/login-pool.ts'
import { readAdminLogins } from '../../packages/server/src/platform/postgres/logins.ts'
import { startTestCluster, type TestCluster } from '../harness/fresh-database.ts'
import { apiClient, say } from './api-client.ts'
import { freePort, makeFreshHome, removeHome, runCommand, type ServerProcess, startProcess } from './server-process.ts'

const main = fileURLToPath(new URL('../../packages/server/src/main.ts', import.meta.url))
const lostWithinMs = 30_000
const secretWords = 'the blue heron landed at four'

const keyringSchema = z.looseObject({ entries: z.array(z.looseObject({ id: z.string(), key: z.string() })) })

async function readKeyring(ofHome: string): Promise<z.infer<typeof keyringSchema>> {
  return keyringSchema.parse(JSON.parse(await readFile(join(ofHome, 'keyring.json'), 'utf8')))
}

type Result = { readonly code: number | null; readonly output: string }

/** Runs a command and kills it as soon as it has said something that matches. */
async function killedAfter(pattern: RegExp, args: readonly string[], home: string): Promise<Result> {
  const { DATABASE_URL: _database, NODE_OPTIONS: _options, ...inherited } = process.env
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...inherited, HYPONEMA_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8')
      if (pattern.test(output)) child.kill('SIGKILL')
    })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, output }
}

async function transcript(call: ReturnType<typeof apiClient>, id: string): Promise<unknown> {
  const { status, body } = await call('GET', `/v1/sessions/${id}/turns`)
  expect(status).toBe(200)
  return Array.isArray(body['data']) ? body['data'].map((turn: { text: string }) => turn.text) : undefined
}

describe('an installation that is backed up', () => {
  let home: string
  let folder: string
  let file: string
  let first: ServerProcess
  let key: string
  let open: { id: string; token: string; messagesUrl: string }
  let words: unknown
  const cleanUp: (() => Promise<unknown>)[] = []
  const keep = async (): Promise<string> => {
    const made = await makeFreshHome()
    cleanUp.push(() => removeHome(made))
    return made
  }
  const command = (args: readonly string[], ofHome: string): Promise<Result> =>
    runCommand(args, { HYPONEMA_HOME: ofHome })
  /** A new folder with the two files that a backup does not hold. */
  const homeWithKeys = async (): Promise<string> => {
    const made = await keep()
    for (const name of ['keyring.json', 'signing-keys.json']) await copyFile(join(home, name), join(made, name))
    return made
  }

  beforeAll(async () => {
    ;[home, folder] = [await keep(), await keep()]
    first = await startProcess({ home })
    const demo = await first.demo()
    key = demo.api_key
    const call = apiClient(first.url, key)
    const { body } = await call('POST', '/v1/sessions', { agent_id: demo.agent_id, user_id: 'ada' })
    const id = String(body['id'])
    open = { id, token: String(body['token']), messagesUrl: `${first.url}/v1/sessions/${id}/messages` }
    await say(open, { start: true })
    await say(open, { text: secretWords })
    words = await transcript(call, id)
    const done = await command(['backup', folder], home)
    if (done.code !== 0) throw new Error(done.output)
    const [name] = await readdir(folder)
    file = join(folder, name ?? '')
  })
  afterAll(async () => {
    for (const step of cleanUp.toReversed()) await step()
  })

  test('has one file for its owner only, which no other backup replaces', async () => {
    expect(file).toMatch(/\/hyponema-\d{8}T\d{6}Z\.backup$/)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const before = await readFile(file)
    const again = await command(['backup', file], home)
    expect([again.code, again.output]).toEqual([
      1,
      `${file} exists, and a backup never replaces another one; choose another name.\n`,
    ])
    expect((await readFile(file)).equals(before)).toBe(true)
    // Words are sealed in it; names and addresses are not.
    expect(words).toContain(secretWords)
    for (const form of [secretWords, Buffer.from(secretWords).toString('hex')])
      expect(before.includes(form), form).toBe(false)
    const { entries } = await readKeyring(home)
    for (const { key: secret } of entries) expect(before.includes(secret)).toBe(false)
  })

  test('leaves nothing behind where there is no room', async () => {
    const limited = `ulimit -f 16; exec "${process.execPath}" "${main}" backup "${join(folder, 'small.backup')}"`
    const child = spawn('sh', ['-c', limited], {
      env: { ...process.env, HYPONEMA_HOME: home, NODE_COMPILE_CACHE: '' },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let output = ''
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')))
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
    expect(code, output).toBe(1)
    expect(output).toContain('There is no room for')
    expect((await readdir(folder)).filter((name) => name.includes('small'))).toEqual([])
  })

  test('has no file under its name after a kill in the middle, and what is left is no backup', async () => {
    const address = await readEmbeddedAddress(join(home, 'address.json'))
    const { superuser } = await readAdminLogins(join(home, 'admin.json'))
    if (address === undefined || superuser === undefined) throw new Error('the embedded database does not run')
    const killed = join(folder, 'killed.backup')
    const login = openLoginPool({ address, login: superuser })
    const holder = await login.pool.connect()
    // Whoever copies waits for this table, so there is a middle.
    await holder.query('begin; lock table tenant.workspaces in access exclusive mode')
    const child = spawn(process.execPath, [main, 'backup', killed], {
      env: { ...process.env, HYPONEMA_HOME: home },
      stdio: 'ignore',
    })
    const part = join(folder, `killed.backup.${child.pid ?? 0}.part`)
    await expect
      .poll(
        () =>
          stat(part).then(
            () => true,
            () => false,
          ),
        { timeout: 20_000 },
      )
      .toBe(true)
    child.kill('SIGKILL')
    await new Promise((resolve) => child.once('close', resolve))
    holder.release(true)
    await login.close()
    expect(await readdir(folder)).toContain(`killed.backup.${child.pid ?? 0}.part`)
    expect(await readdir(folder)).not.toContain('killed.backup')
    const { code, output } = await command(['restore', part], await homeWithKeys())
    expect([code, output]).toEqual([1, expect.stringMatching(/is not a backup of Hyponema|is damaged/)])
  })

  test('is not restored over itself, without its keyring, or beside another one', async () => {
    expect((await command(['restore', file], home)).output).toMatch(/already runs on .* stop that one first/)
    const bare = await keep()
    expect((await command(['restore', file], bare)).output).toMatch(
      /keyring\.json is missing, and nothing of the backup opens without it/,
    )
    expect(await readdir(bare)).toEqual([])
    const other = await homeWithKeys()
    const { entries, ...rest } = await readKeyring(other)
    const [entry, ...others] = entries
    const changed = { ...entry, key: `${entry?.key.startsWith('A') === true ? 'B' : 'A'}${entry?.key.slice(1) ?? ''}` }
    await writeFile(join(other, 'keyring.json'), JSON.stringify({ ...rest, entries: [changed, ...others] }))
    expect((await command(['restore', file], other)).output).toMatch(
      new RegExp(`keyring.json is another installation's: the backup was made with another key ${entry?.id ?? ''}`),
    )
    expect((await readdir(other)).sort()).toEqual(['keyring.json', 'signing-keys.json'])
  })

  test('is restored into a new folder, opens everything, and ends what was going on', {
    timeout: 180_000,
  }, async () => {
    const second = await homeWithKeys()
    const half = await killedAfter(/app\.canaries \d+ rows/, ['restore', file], second)
    expect(half.output).not.toContain('Every check passed')
    const refused = await runCommand(['start'], {
      HYPONEMA_HOME: second,
      HYPONEMA_PORT: String(await freePort()),
    })
    expect(refused.code).toBe(1)
    expect(refused.output).toContain('A restore into this database was not finished')

    const done = await command(['restore', file], second)
    expect(done.code, done.output).toBe(0)
    expect(done.output).toMatch(/Restored \d+ rows of .* into hyponema\. Every check passed\.\n$/)
    expect((await command(['restore', file], second)).output).toMatch(/is not empty \(schema \w+\)/)
    await first.interrupt()
    const restored = await startProcess({ home: second })
    cleanUp.push(() => restored.interrupt())
    const call = apiClient(restored.url, key)
    expect(await transcript(call, open.id)).toEqual(words)
    expect((await restored.demo()).agent_id).toBe((await first.demo()).agent_id)
    await expect
      .poll(async () => (await call('GET', `/v1/sessions/${open.id}`)).body, { timeout: lostWithinMs, interval: 500 })
      .toMatchObject({ status: 'failed', end_reason: 'owner_lost' })
    const late = await say(
      { ...open, messagesUrl: open.messagesUrl.replace(first.url, restored.url) },
      { text: 'hello' },
    )
    expect(late.status, late.raw).toBeGreaterThanOrEqual(400)
  })

  describe('on a database of one’s own', () => {
    let cluster: TestCluster
    beforeAll(async () => {
      cluster = await startTestCluster()
    })
    afterAll(() => cluster.stop())

    test('is restored with an administrator’s URL, and asked for it where DATABASE_URL is set', async () => {
      const own = await homeWithKeys()
      const { address, superuser } = cluster
      const databaseUrl = `postgres://localhost:${address.port}/${address.database}?host=${encodeURIComponent(address.host)}`
      const asked = await runCommand(['restore', file], { HYPONEMA_HOME: own, DATABASE_URL: databaseUrl })
      expect([asked.code, asked.output]).toEqual([1, expect.stringContaining('DATABASE_URL names no administrator')])
      const done = await command(['restore', file, administratorUrl(address, superuser)], own)
      expect(done.code, done.output).toBe(0)
      const server = await startProcess({ home: own, environment: { DATABASE_URL: databaseUrl } })
      try {
        expect(await transcript(apiClient(server.url, key), open.id)).toEqual(words)
        const copy = join(folder, 'again.backup')
        const again = await runCommand(['backup', copy], { HYPONEMA_HOME: own, DATABASE_URL: databaseUrl })
        expect([again.code, again.output]).toEqual([0, expect.stringContaining(copy)])
        const login = openLoginPool({ address, login: superuser })
        const rows = await askAs<{ action: string; file: string }>(
          login,
          `select action, convert_from(canonical, 'UTF8')::jsonb #>> '{after,file}' as file
           from tenant.audit_events where action ~ '^backup[.]' order by id`,
        )
        await login.close()
        const name = basename(file)
        expect(rows.filter((row) => [name, 'again.backup'].includes(row.file))).toEqual([
          { action: 'backup.started', file: name },
          { action: 'backup.restored', file: name },
          { action: 'backup.started', file: 'again.backup' },
        ])
      } finally {
        await server.interrupt()
      }
    })
  })
})
