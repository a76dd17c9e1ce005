import { encodeId, type Uuid } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findUnsealed } from '../../packages/server/src/features/audit/public.ts'
import { provenScope } from '../../packages/server/src/kernel/workspace-scope.ts'
import { merkleRoot } from '../../packages/server/src/platform/crypto/merkle-tree.ts'
import { type Api, openApi } from './api-harness.ts'
import { openSealer } from './seal-log.ts'

describe('the tree over the audit log', () => {
  let api: Api
  beforeAll(async () => {
    api = await openApi()
  })
  afterAll(() => api.close())

  const seals = (workspaceId: string) =>
    api.ask<{ seq: string; event_id: string; leaf_hash: Buffer }>(
      'select seq, event_id, leaf_hash from tenant.audit_seals where workspace_id = $1 order by seq',
      [workspaceId],
    )
  const head = async (workspaceId: string) => {
    const [row] = await api.ask<{ size: string; note_size: string; root: Buffer; note: string }>(
      'select size, note_size, root, note from tenant.audit_heads where workspace_id = $1',
      [workspaceId],
    )
    if (row === undefined) throw new Error('no head')
    return row
  }

  test('numbers every event once, from 0 on without a gap, in each workspace by itself', async () => {
    const sealer = openSealer(api)
    await sealer.runOnce()
    await Promise.all(Array.from({ length: 5 }, () => api.a.makeKey(['agents:read'])))
    await sealer.runOnce()
    for (const { id } of [api.a, api.b]) {
      const events = await api.ask<{ id: string; leaf_hash: Buffer }>(
        'select id, leaf_hash from tenant.audit_events where workspace_id = $1',
        [id],
      )
      const sealed = await seals(id)
      expect(sealed.map(({ seq }) => Number(seq))).toEqual(events.map((_event, index) => index))
      expect(new Map(sealed.map((one) => [one.event_id, one.leaf_hash]))).toEqual(
        new Map(events.map((one) => [one.id, one.leaf_hash])),
      )
      const { size, note_size, root, note } = await head(id)
      expect([Number(size), Number(note_size)]).toEqual([sealed.length, sealed.length])
      expect(root).toEqual(merkleRoot(sealed.map(({ leaf_hash }) => leaf_hash)))
      expect(note.split('\n').slice(0, 3)).toEqual([
        `hyponema-audit/${encodeId('workspace', id)}`,
        String(sealed.length),
        root.toString('base64'),
      ])
    }
    expect(sealer.failures).toEqual([])
  })

  const unsealed = (workspaceId: Uuid) =>
    api.installation.database.withWorkspace(provenScope(workspaceId), (tx) => findUnsealed(tx, new Date()))

  test('an event that waits is counted with its age, and one whose dispatch row was lost is still found', async () => {
    const { id, makeKey } = await api.makeWorkspace()
    const sealer = openSealer(api)
    expect((await unsealed(id)).events).toBeGreaterThan(0)
    await sealer.runOnce()
    expect(await unsealed(id)).toEqual({ events: 0, oldestMs: 0, unsigned: 0 })
    await makeKey(['agents:read'])
    await api.ask("delete from app.dispatch where kind = 'seal' and workspace_id = $1", [id])
    await sealer.runOnce()
    const { events, oldestMs } = await unsealed(id)
    expect(events).toBe(1)
    expect(oldestMs).toBeGreaterThan(0)
  })
})
