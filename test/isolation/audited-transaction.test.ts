import { createHash } from 'node:crypto'
import { encodeId } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AuditedTx, auditedTransaction } from '../../packages/server/src/guards/audited-transaction.ts'
import { systemClock } from '../../packages/server/src/kernel/clock.ts'
import type { Principal } from '../../packages/server/src/kernel/principal.ts'
import { provenScope } from '../../packages/server/src/kernel/workspace-scope.ts'
import { canonicalJson } from '../../packages/server/src/platform/crypto/canonical-json.ts'
import { ask, newId, openScratch, type Scratch } from './scratch-database.ts'

describe('audited transactions', () => {
  let scratch: Scratch
  beforeAll(async () => {
    scratch = await openScratch()
  })
  afterAll(() => scratch.close())

  const request = { requestId: 'req-1', address: '192.0.2.1', userAgent: 'x'.repeat(600), origin: undefined }
  const begin = (changes: { principal?: Principal } = {}) => {
    const scope = provenScope(newId())
    const principal: Principal = { kind: 'system', scope, name: 'probe' }
    const run = <T>(work: (tx: AuditedTx) => Promise<T>) =>
      auditedTransaction(
        { database: scratch.database, clock: systemClock, newId, scope, principal, request, ...changes },
        work,
      )
    return { scope, run }
  }
  const addWorkspace = (tx: AuditedTx) =>
    tx.db.insertInto('tenant.workspaces').values({ workspace_id: tx.workspaceId, name: 'Audited' }).execute()
  const workspaces = (id: string) =>
    ask(scratch.admin, 'select name from tenant.workspaces where workspace_id = $1', [id])
  const events = (id: string) =>
    ask<Record<string, unknown> & { canonical: Buffer; leaf_hash: Buffer }>(
      scratch.admin,
      'select * from tenant.audit_events where workspace_id = $1',
      [id],
    )

  test('act and event commit together, with canonical bytes, their leaf hash and a seal that is due', async () => {
    const { scope, run } = begin()
    const agent = newId()
    await run(async (tx) => {
      await addWorkspace(tx)
      await tx.audit({
        action: 'agent.published',
        target: { kind: 'agent', id: agent },
        before: { version: 1 },
        after: { version: 2 },
        reason: 'because',
      })
    })
    expect(await workspaces(scope.workspaceId)).toHaveLength(1)
    const [event] = await events(scope.workspaceId)
    const text = event?.canonical.toString('utf8') ?? ''
    expect(canonicalJson(JSON.parse(text))).toBe(text)
    expect(JSON.parse(text)).toMatchObject({
      action: 'agent.published',
      actor: { kind: 'system', id: 'probe' },
      target: { kind: 'agent', id: encodeId('agent', agent) },
      workspace: encodeId('workspace', scope.workspaceId),
      before: { version: 1 },
      after: { version: 2 },
      reason: 'because',
      request_id: 'req-1',
      address: '192.0.2.1',
    })
    expect(
      event?.leaf_hash.equals(
        createHash('sha256')
          .update(Buffer.concat([Buffer.of(0), event.canonical]))
          .digest(),
      ),
    ).toBe(true)
    expect(String(event?.['user_agent'])).toHaveLength(500)
    expect(
      await ask(scratch.admin, 'select kind from app.dispatch where workspace_id = $1 and ref = $2', [
        scope.workspaceId,
        event?.['id'],
      ]),
    ).toEqual([{ kind: 'seal' }])
  })

  test('an act without an event is rolled back', async () => {
    const { scope, run } = begin()
    await expect(run(addWorkspace)).rejects.toMatchObject({ code: 'server.internal' })
    expect(await workspaces(scope.workspaceId)).toEqual([])
  })

  test('an event without its act is rolled back', async () => {
    const { scope, run } = begin()
    const work = async (tx: AuditedTx) => {
      await tx.audit({ action: 'agent.published', target: { kind: 'agent', id: newId() } })
      throw new Error('the act failed')
    }
    await expect(run(work)).rejects.toThrow('the act failed')
    expect(await events(scope.workspaceId)).toEqual([])
  })

  test('what is declared to change nothing returns its value and changes nothing', async () => {
    const { scope, run } = begin()
    const value = await run(async (tx) => {
      await addWorkspace(tx)
      return tx.withoutChange('as before')
    })
    expect(value).toBe('as before')
    expect(await workspaces(scope.workspaceId)).toEqual([])
  })

  test('an act cannot be audited and declared to be none', async () => {
    const { run } = begin()
    const work = async (tx: AuditedTx) => {
      await tx.audit({ action: 'agent.published', target: { kind: 'agent', id: newId() } })
      return tx.withoutChange(undefined)
    }
    await expect(run(work)).rejects.toMatchObject({ code: 'server.internal' })
  })

  test('a principal of another workspace is refused before anything runs', async () => {
    const { run } = begin({ principal: { kind: 'system', scope: provenScope(newId()), name: 'stranger' } })
    await expect(
      run(async () => {
        throw new Error('ran')
      }),
    ).rejects.toMatchObject({ code: 'server.internal' })
  })
})
