import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readConfig } from '../config.ts'
import type { Clock } from '../kernel/clock.ts'
import { systemClock } from '../kernel/clock.ts'
import { idMaker } from '../kernel/new-id.ts'
import type { WorkspaceScope } from '../kernel/workspace-scope.ts'
import { writeSecretFile } from '../platform/crypto/write-secret-file.ts'
import { installationScope } from '../platform/postgres/installation-scope.ts'
import { freshDatabase } from '../test-harness/fresh-database.ts'
import { installationFiles } from './installation-files.ts'
import { openDemo } from './open-demo.ts'
import { type Installation, openInstallation } from './open-installation.ts'
import type { DemoClinic } from './renew-demo.ts'

const noClinic: DemoClinic = {
  desk: undefined,
  handbookPath: undefined,
  door: { judge: (url) => Promise.reject(new Error(`asked for ${url}`)), isOpened: () => true },
  warn: (sentence, error) => {
    throw new Error(sentence, { cause: error })
  },
}

const dayMs = 24 * 60 * 60 * 1000

describe('the demo', () => {
  let folder: string
  let path: string
  let installation: Installation
  let drop: () => Promise<void>
  let passedMs = 0
  const clock: Clock = { nowMs: () => Date.now() + passedMs }
  // The database refuses ids of another time than its own.
  const newId = idMaker(systemClock)
  const start = (publicOrigin = 'http://127.0.0.1:4700', clinic = noClinic) =>
    openDemo({ installation, clock, newId, path, publicOrigin, clinic })
  const actions = (scope: WorkspaceScope) =>
    installation.database.withWorkspace(scope, async (tx) => {
      const events = await tx.db.selectFrom('tenant.audit_events').select('action').orderBy('id').execute()
      return events.map(({ action }) => action)
    })

  beforeEach(async () => {
    passedMs = 0
    folder = await mkdtemp(join(tmpdir(), 'hyponema-demo-'))
    const files = installationFiles(folder)
    path = files.demo
    const fresh = await freshDatabase()
    drop = fresh.drop
    await writeSecretFile(files.logins, JSON.stringify(fresh.logins))
    const config = { ...readConfig({ environment: {} }), homeFolder: folder }
    installation = await openInstallation({ config, clock, address: fresh.address })
  })
  afterEach(async () => {
    await installation.database.close()
    await installation.closeKeys()
    await drop()
    await rm(folder, { recursive: true, force: true })
  })

  test('is seeded once; later starts keep its key and write today’s address', async () => {
    const first = await start()
    const second = await start('http://127.0.0.1:4711')
    expect(second.demoScope).toEqual(first.demoScope)
    expect(second.file).toEqual({
      ...first.file,
      url: 'http://127.0.0.1:4711',
      talk_url: `http://127.0.0.1:4711/talk/${first.file.agent_id}`,
    })
    expect([first.notice, second.notice]).toEqual([undefined, undefined])
    expect(await actions(first.demoScope)).toEqual([
      'workspace.created',
      'agent.created',
      'api_key.created',
      'member.added',
      'agent.updated',
      'agent.published',
    ])
    expect(await actions(installationScope())).toEqual(['demo.seeded'])
  })

  test('gets a new key for the same workspace when its key has expired, audited and told', async () => {
    const first = await start()
    passedMs = 31 * dayMs
    const second = await start()
    expect(second.demoScope).toEqual(first.demoScope)
    expect(second.file.api_key).not.toBe(first.file.api_key)
    expect(second.file.agent_id).toBe(first.file.agent_id)
    expect(second.notice).toBe(`${path} held a key that has expired; it has a new key for the same demo workspace now.`)
    expect((await actions(first.demoScope)).slice(-3)).toEqual(['agent.updated', 'agent.published', 'api_key.created'])
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(second.file)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await start()).file).toEqual(second.file)
  })

  test.each([
    ['is empty', ''],
    ['was cut', '{"url":"http://127.0.0.1:4700","api_key":"hyp_te'],
    ['holds another key', '{"url":"","api_key":"secret","agent_id":"agt_x","talk_url":""}'],
  ])('is found again when its file %s', async (_name, text) => {
    const first = await start()
    await writeFile(path, text, { mode: 0o600 })
    const second = await start()
    expect(second.demoScope).toEqual(first.demoScope)
    expect(second.file.agent_id).toBe(first.file.agent_id)
    expect(second.notice).toMatch(/could not be read; it has a new key for the same demo workspace now/)
    expect(await actions(installationScope())).toEqual(['demo.seeded'])
  })

  test('is found again when its file is gone', async () => {
    const first = await start()
    await rm(path)
    expect((await start()).demoScope).toEqual(first.demoScope)
  })

  test('that another database has is not this one’s: it is seeded here', async () => {
    const first = await start()
    await installation.database.close()
    const other = await freshDatabase()
    await drop()
    drop = other.drop
    const config = { ...readConfig({ environment: {} }), homeFolder: folder }
    installation = await openInstallation({ config, clock, address: other.address })
    const second = await start()
    expect(second.demoScope).not.toEqual(first.demoScope)
    expect(await actions(second.demoScope)).toContain('workspace.created')
  })
})
