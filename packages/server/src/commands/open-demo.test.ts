import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AgentDocument, encodeId, type Uuid } from '@hyponema/contract'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readConfig } from '../config.ts'
import { findPublishedAgent, publishAgent, updateAgent } from '../features/agents/public.ts'
import { auditedTransaction } from '../guards/audited-transaction.ts'
import type { Clock } from '../kernel/clock.ts'
import { systemClock } from '../kernel/clock.ts'
import { idMaker } from '../kernel/new-id.ts'
import { bodyId } from '../kernel/path-id.ts'
import type { WorkspaceScope } from '../kernel/workspace-scope.ts'
import { writeSecretFile } from '../platform/crypto/write-secret-file.ts'
import { installationScope } from '../platform/postgres/installation-scope.ts'
import { freshDatabase } from '../test-harness/fresh-database.ts'
import { clinicFiles } from './clinic-files.ts'
import { installationFiles } from './installation-files.ts'
import { type OpenDemo, openDemo } from './open-demo.ts'
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
  const personIn = ({ demoScope: scope }: OpenDemo) => {
    const principal = { kind: 'system', scope, name: 'a-person' } as const
    return { scope, act: { database: installation.database, clock, newId, scope, principal } }
  }
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
    const config = { ...readConfig({ environment: {} }), homeFolder: folder, objectsFolder: join(folder, 'objects') }
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

  describe('its clinic', () => {
    /** What the desk remembers between two starts. */
    let credentialId: Uuid | undefined
    const clinicAt = (port: number): DemoClinic => ({
      desk: {
        origin: `http://127.0.0.1:${port}`,
        key: 'key-of-the-desk',
        credentialId,
        keep: (id) => {
          credentialId = id
          return Promise.resolve()
        },
      },
      handbookPath: clinicFiles.handbook,
      door: { judge: () => Promise.resolve({ scheme: 'http', host: '127.0.0.1', port }), isOpened: () => true },
      warn: noClinic.warn,
    })
    const published = async ({ demoScope, file }: OpenDemo) =>
      installation.database.withWorkspace(demoScope, (tx) => findPublishedAgent(tx, bodyId('agent', file.agent_id, '')))
    const credentials = ({ demoScope }: OpenDemo) =>
      installation.database.withWorkspace(demoScope, (tx) =>
        tx.db.selectFrom('tenant.credentials').select(['id', 'base_url', 'kind']).execute(),
      )
    const toolOf = (document: AgentDocument | undefined) => document?.tools[0]

    beforeEach(() => {
      credentialId = undefined
    })

    test('is there before its agent is published: a handbook that was read, and a desk whose key is sealed', async () => {
      const demo = await start(undefined, clinicAt(4801))
      const { version } = (await published(demo)) ?? {}
      expect(version?.version).toBe(1)
      const auth = { credential_id: encodeId('credential', credentialId ?? demo.demoScope.workspaceId) }
      expect(toolOf(version?.document)).toMatchObject({ kind: 'http', url: 'http://127.0.0.1:4801/bookings', auth })
      expect(await credentials(demo)).toEqual([
        { id: credentialId, base_url: 'http://127.0.0.1:4801', kind: 'internal_api' },
      ])
      const sources = await installation.database.withWorkspace(demo.demoScope, (tx) =>
        tx.db.selectFrom('tenant.knowledge').select(['id', 'name', 'state', 'language', 'media_type']).execute(),
      )
      expect(sources).toMatchObject([
        { name: 'handbook.md', state: 'ready', language: 'en', media_type: 'text/markdown' },
      ])
      expect(version?.document.knowledge.sources).toEqual(sources.map(({ id }) => encodeId('knowledge', id)))
    })

    test('stays as it is at the next start', async () => {
      const first = await start(undefined, clinicAt(4801))
      const before = await actions(first.demoScope)
      await start(undefined, clinicAt(4801))
      expect(await actions(first.demoScope)).toEqual(before)
    })

    test('is named anew when its desk listens elsewhere, and the former key is gone', async () => {
      const demo = await start(undefined, clinicAt(4801))
      await start(undefined, clinicAt(4802))
      const { version } = (await published(demo)) ?? {}
      expect(version?.version).toBe(2)
      expect(toolOf(version?.document)).toMatchObject({ url: 'http://127.0.0.1:4802/bookings' })
      expect(await credentials(demo)).toMatchObject([{ id: credentialId, base_url: 'http://127.0.0.1:4802' }])
    })

    test('comes to a demo of an earlier version', async () => {
      await start()
      const demo = await start(undefined, clinicAt(4801))
      const { version } = (await published(demo)) ?? {}
      expect([version?.version, version?.document.knowledge.sources.length]).toEqual([2, 1])
    })

    test.each(['draft', 'version'] as const)('is kept from an agent whose %s is a person’s', async (changed) => {
      const demo = await start()
      const { scope, act } = personIn(demo)
      const id = bodyId('agent', demo.file.agent_id, '')
      const { version } = (await published(demo)) ?? {}
      if (version === undefined) throw new Error('expected a version')
      await auditedTransaction(act, async (tx) => {
        const own = { ...version.document, persona: { ...version.document.persona, title: 'Somebody else’s' } }
        const { principal } = act
        const change = { principal, clock, id, isOpened: () => true }
        await updateAgent(tx, { ...change, name: undefined, document: own, draftRevision: undefined })
        if (changed === 'version')
          await publishAgent(tx, { ...change, note: undefined, judged: new Set(), readings: [], approvedTools: [] })
      })
      const before = await actions(scope)
      await start(undefined, clinicAt(4801))
      expect(await actions(scope)).toEqual(before)
    })

    test('that cannot be had leaves an agent that can be talked to', async () => {
      const warned: string[] = []
      const clinic = {
        ...clinicAt(4801),
        handbookPath: join(folder, 'nothing.md'),
        door: { judge: () => Promise.reject(new Error('no door')), isOpened: () => false },
        warn: (sentence: string) => void warned.push(sentence),
      }
      const { version } = (await published(await start(undefined, clinic))) ?? {}
      expect([version?.version, toolOf(version?.document)]).toEqual([1, 'book_slot'])
      expect(warned).toEqual([
        'a part of the demo could not be made; it goes on without',
        'the demo could not be renewed',
      ])
    })
  })
})
