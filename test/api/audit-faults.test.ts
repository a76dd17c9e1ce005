import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import {
  type Anchor,
  continueLog,
  exportLog,
  renderOrigin,
  verifyExport,
} from '../../packages/server/src/features/audit/public.ts'
import { auditedTransaction } from '../../packages/server/src/guards/audited-transaction.ts'
import { merkleRoot } from '../../packages/server/src/platform/crypto/merkle-tree.ts'
import type { LogStore } from '../../packages/server/src/platform/objects/log-store.ts'
import { createWithWorkspace } from '../../packages/server/src/platform/postgres/with-workspace.ts'
import { type Api, type ApiWorkspace, newId, openApi } from './api-harness.ts'
import { openSealer } from './seal-log.ts'

const child = fileURLToPath(new URL('./seal-until-killed.ts', import.meta.url))

describe('the sealer of the audit log', () => {
  let api: Api
  beforeAll(async () => {
    api = await openApi()
  })
  afterAll(() => api.close())

  const act = ({ scope }: ApiWorkspace, held: Promise<void> = Promise.resolve()) =>
    auditedTransaction(
      {
        database: api.installation.database,
        clock: api.clock,
        newId,
        scope,
        principal: { kind: 'system', scope, name: 'test' },
      },
      async (tx) => {
        await tx.audit({ action: 'test.done', target: { kind: 'workspace', id: scope.workspaceId } })
        await held
      },
    )
  const acts = (workspace: ApiWorkspace, count: number) =>
    Promise.all(Array.from({ length: count }, () => act(workspace)))

  /** Reads all of it again: every event once, and the tree, the row and the file say the same. */
  const expectWhole = async ({ id, scope }: ApiWorkspace) => {
    const events = await api.ask<{ id: string }>('select id from tenant.audit_events where workspace_id = $1', [id])
    const seals = await api.ask<{ seq: string; event_id: string; leaf_hash: Buffer }>(
      'select seq, event_id, leaf_hash from tenant.audit_seals where workspace_id = $1 order by seq',
      [id],
    )
    expect(seals.map(({ seq }) => Number(seq))).toEqual(events.map((_event, index) => index))
    expect(new Set(seals.map((seal) => seal.event_id))).toEqual(new Set(events.map((event) => event.id)))
    const [head] = await api.ask<{ size: string; note_size: string; root: Buffer; note: string }>(
      'select size, note_size, root, note from tenant.audit_heads where workspace_id = $1',
      [id],
    )
    expect([Number(head?.size), Number(head?.note_size)]).toEqual([events.length, events.length])
    expect(head?.root).toEqual(merkleRoot(seals.map((seal) => seal.leaf_hash)))
    expect(await checkpointFile(id)).toBe(head?.note)
    expect(await verifiedFindings(scope)).toEqual([])
    const owed = await api.ask('select 1 from app.dispatch where workspace_id = $1 and kind in ($2, $3)', [
      id,
      'seal',
      'audit_checkpoint',
    ])
    expect(owed).toEqual([])
  }
  const checkpointFile = (id: string) => readFile(join(api.objectsFolder, id, 'audit', 'checkpoint'), 'utf8')
  const exporting = (scope: ApiWorkspace['scope']) =>
    exportLog(
      { withWorkspace: api.installation.database.withWorkspace, logs: api.installation.logs, now: () => new Date() },
      scope,
    )
  const verified = async (chunks: AsyncIterable<string>, { workspaceId }: ApiWorkspace['scope'], anchor?: Anchor) => {
    const { evidence } = api.installation
    async function* lines() {
      for await (const chunk of chunks) yield* chunk.split('\n')
    }
    const keys = [...evidence.publicKeys.values()].map((publicKey) => ({ name: renderOrigin(workspaceId), publicKey }))
    return (await verifyExport(lines(), { keys, anchor })).findings
  }
  const verifiedFindings = (scope: ApiWorkspace['scope']) => verified(exporting(scope), scope)

  test('gives an event that commits late a later number, and skips none', async () => {
    const workspace = await api.makeWorkspace()
    const commit = Promise.withResolvers<void>()
    const late = act(workspace, commit.promise)
    await acts(workspace, 5)
    const sealer = openSealer(api)
    await sealer.runOnce()
    commit.resolve()
    await late
    await sealer.runOnce()
    await expectWhole(workspace)
    expect(sealer.failures).toEqual([])
  })

  test('two of them at once number every event once', async () => {
    const workspace = await api.makeWorkspace()
    const sealers = [openSealer(api), openSealer(api)]
    const writing = acts(workspace, 120)
    for (let round = 0; round < 6; round += 1) await Promise.all(sealers.map((sealer) => sealer.runOnce()))
    await writing
    await vi.waitFor(
      async () => {
        await Promise.all(sealers.map((sealer) => sealer.runOnce()))
        await expectWhole(workspace)
      },
      { timeout: 20_000 },
    )
    expect(sealers.flatMap(({ failures }) => failures)).toEqual([])
  })

  test('a slow one does not put an older checkpoint over a newer one', async () => {
    const workspace = await api.makeWorkspace()
    const [reached, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const { logs } = api.installation
    const slow: LogStore = {
      ...logs,
      put: async (workspaceId, name, bytes) => {
        if (workspaceId === workspace.id) {
          reached.resolve()
          await go.promise
        }
        await logs.put(workspaceId, name, bytes)
      },
    }
    const [late, quick] = [openSealer({ ...api, logs: slow }), openSealer(api)]
    const running = late.runOnce()
    await reached.promise
    await acts(workspace, 3)
    await quick.runOnce()
    go.resolve()
    await running
    await quick.runOnce()
    await expectWhole(workspace)
    expect([...late.failures, ...quick.failures]).toEqual([])
  })

  test('heals what a crash between the checkpoint and its row left, also when the log has grown since', async () => {
    const workspace = await api.makeWorkspace()
    const sealer = openSealer(api)
    await sealer.runOnce()
    const before = await headOf(workspace.id)
    await acts(workspace, 3)
    await sealer.runOnce()
    await asReplica('update tenant.audit_heads set note = $2, note_size = $3 where workspace_id = $1', [
      workspace.id,
      before.note,
      before.note_size,
    ])
    await acts(workspace, 3)
    await sealer.runOnce()
    await expectWhole(workspace)
    expect(sealer.failures).toEqual([])
  })

  test('signs no second history over a database that was put back, however far its log grows', async () => {
    const workspace = await api.makeWorkspace()
    const { id } = workspace
    const sealer = openSealer(api)
    await sealer.runOnce()
    const before = await headOf(id)
    await acts(workspace, 5)
    await sealer.runOnce()
    const signed = await checkpointFile(id)
    await asReplica('delete from tenant.audit_seals where workspace_id = $1 and seq >= $2', [id, before.size])
    await asReplica(
      `delete from tenant.audit_events e where workspace_id = $1
       and not exists (select from tenant.audit_seals s where s.event_id = e.id)`,
      [id],
    )
    await asReplica(
      'update tenant.audit_heads set size = $2, edge = $3, root = $4, note = $5, note_size = $6 where workspace_id = $1',
      [id, before.size, before.edge, before.root, before.note, before.note_size],
    )
    for (const more of [2, 3, 9]) {
      await acts(workspace, more)
      await sealer.runOnce()
    }
    expect(await checkpointFile(id)).toBe(signed)
    expect(sealer.failures.join()).toContain('put back to another state')
    const { note } = await headOf(id)
    expect(note).toBe(before.note)

    const left = await goOn(workspace)
    expect(left?.stored?.size).toBe(Number(before.size) + 5)
    const refused = sealer.failures.length
    await sealer.runOnce()
    await expectWhole(workspace)
    expect(sealer.failures.length).toBe(refused)
    expect(await readFile(join(api.objectsFolder, id, 'audit', `checkpoint.left.${left?.stored?.size}`), 'utf8')).toBe(
      signed,
    )
    const found = await verified(exporting(workspace.scope), workspace.scope, { note: signed, leaves: undefined })
    expect(found.map(({ kind }) => kind)).toEqual(['rewritten'])
    expect(await goOn(workspace)).toBeUndefined()
  })

  test('goes on when its files were lost only after somebody on the host has said so, and makes them again', async () => {
    const workspace = await api.makeWorkspace()
    const sealer = openSealer(api)
    await acts(workspace, 300)
    await sealer.runOnce()
    await rm(join(api.objectsFolder, workspace.id, 'audit'), { recursive: true })
    await acts(workspace, 2)
    await sealer.runOnce()
    expect(sealer.failures.join()).toContain('audit continue')
    expect(await goOn(workspace)).toMatchObject({ stored: null })
    await sealer.runOnce()
    await expectWhole(workspace)
  }, 30_000)

  /** As `hyponema audit continue` does it. */
  const goOn = ({ scope }: ApiWorkspace) => {
    const { database, logs, evidence } = api.installation
    return continueLog(
      {
        withWorkspace: createWithWorkspace(database.logins.sealer),
        logs,
        evidence,
        now: () => new Date(),
        record: (after) =>
          auditedTransaction(
            { database, clock: api.clock, newId, scope, principal: { kind: 'system', scope, name: 'test' } },
            (tx) =>
              tx.audit({
                action: 'audit.history_continued',
                target: { kind: 'workspace', id: scope.workspaceId },
                after: { ...after },
              }),
          ),
      },
      scope,
    )
  }

  test('an export and a proof of an older tree are whole while the log grows over a tile', async () => {
    const workspace = await api.makeWorkspace()
    const sealer = openSealer(api)
    await acts(workspace, 250)
    await sealer.runOnce()
    const chunks = exporting(workspace.scope)
    const begun = [(await chunks.next()).value ?? '']
    await acts(workspace, 20)
    await sealer.runOnce()
    async function* rest() {
      yield* begun
      yield* chunks
    }
    expect(await verified(rest(), workspace.scope)).toEqual([])
    await expectWhole(workspace)
  }, 30_000)

  test('numbers every event once though the process that seals is killed again and again', async () => {
    const workspace = await api.makeWorkspace()
    const failures: unknown[] = []
    for (let kill = 0; kill < 6; kill += 1) {
      const writing = acts(workspace, 60)
      const sealing = fork(child)
      const heard = Promise.withResolvers<void>()
      sealing.on('message', (message) => {
        if (z.object({ failed: z.string() }).safeParse(message).success) failures.push(message)
        heard.resolve()
      })
      const { address, installation, signingKeysPath, objectsFolder } = api
      sealing.send({ address, login: installation.logins.sealer, signingKeysPath, objectsFolder })
      await heard.promise
      const gone = once(sealing, 'exit')
      sealing.kill('SIGKILL')
      await gone
      await writing
    }
    const last = openSealer(api)
    await vi.waitFor(
      async () => {
        await last.runOnce()
        await expectWhole(workspace)
      },
      { timeout: 20_000 },
    )
    expect([...failures, ...last.failures]).toEqual([])
  }, 60_000)

  type Head = { size: string; edge: Buffer; root: Buffer; note: string; note_size: string }
  const headOf = async (id: string): Promise<Head> => {
    const [head] = await api.ask<Head>(
      'select size, edge, root, note, note_size from tenant.audit_heads where workspace_id = $1',
      [id],
    )
    if (head === undefined) throw new Error('no head')
    return head
  }
  /** As somebody who owns the machine does it: no trigger speaks. */
  const asReplica = async (sql: string, parameters: readonly unknown[]) => {
    await api.ask("select set_config('session_replication_role', 'replica', false)")
    await api.ask(sql, parameters)
    await api.ask("select set_config('session_replication_role', 'origin', false)")
  }
})
