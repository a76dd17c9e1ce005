import { encodeId, type Uuid } from '@hyponema/contract'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { sendDisabledMail } from '../../packages/server/src/features/deliveries/public.ts'
import { createWorkspace } from '../../packages/server/src/features/workspaces/public.ts'
import { auditedTransaction } from '../../packages/server/src/guards/audited-transaction.ts'
import { provenScope, type WorkspaceScope } from '../../packages/server/src/kernel/workspace-scope.ts'
import type { Database } from '../../packages/server/src/platform/postgres/database.ts'
import type { PlantedEndpoint } from '../delivery/plant-endpoint.ts'
import { type Api, newId, openApi } from './api-harness.ts'
import { openWebhookWorker, type WebhookWorker } from './webhook-worker.ts'

/** The machine is slow; what hangs would hold everybody for 15 s. */
const patience = { timeout: 10_000, interval: 20 }

describe('endpoints that hang do not delay those that answer', () => {
  let api: Api
  let worker: WebhookWorker
  beforeAll(async () => {
    api = await openApi()
    worker = await openWebhookWorker(api)
  })
  afterAll(async () => {
    await worker.close()
    await api.close()
  })
  afterEach(async () => {
    worker.receiver.answerWith(() => ({ status: 200 }))
    await api.ask('delete from tenant.webhooks')
    await api.ask(`delete from app.dispatch where kind in ('outbox', 'webhook')`)
  })

  const makeScope = async (): Promise<WorkspaceScope> => {
    const scope = provenScope(newId())
    const principal = { kind: 'system', scope, name: 'test' } as const
    const act = { database: api.installation.database, clock: api.clock, newId, scope, principal }
    await auditedTransaction(act, (tx) => createWorkspace(tx, { name: 'hanging' }))
    return scope
  }
  const hanging = (scopes: readonly WorkspaceScope[], count: number): Promise<readonly PlantedEndpoint[]> =>
    Promise.all(
      Array.from({ length: count }, (_, index) =>
        worker.plant(scopes[index % scopes.length] ?? api.a.scope, { path: `/hang/${newId()}/${index}` }),
      ),
    )
  const arrived = (webhook: PlantedEndpoint): readonly string[] => worker.receiver.at(webhook.path).map(({ id }) => id)
  const arrives = (webhook: PlantedEndpoint, id: Uuid) =>
    vi.waitFor(() => expect(arrived(webhook)).toContain(encodeId('event', id)), patience)

  test.each([
    ['of the same workspace', 1],
    ['of twenty workspaces', 20],
  ])(
    '100 endpoints %s',
    async (_where, workspaces) => {
      const scopes = workspaces === 1 ? [api.a.scope] : await Promise.all(Array.from({ length: workspaces }, makeScope))
      const healthy = await worker.plant(api.a.scope)
      const dead = await hanging(scopes, 100)
      // All of them have answered before, so each may have many requests at once.
      await api.ask('update tenant.webhooks set last_success_at = now(), last_attempt_at = now()')
      worker.receiver.answerWith(({ path }) => (path.startsWith('/hang/') ? 'hang' : { status: 200 }))
      const running = worker.another({ pollMs: 50 })
      running.start()
      try {
        for (const scope of scopes) for (let count = 0; count < 5; count += 1) await worker.record(scope)
        await vi.waitFor(
          () => expect(dead.filter((webhook) => arrived(webhook).length > 0)).toHaveLength(100),
          patience,
        )
        for (let count = 0; count < 10; count += 1) await arrives(healthy, await worker.record(api.a.scope))
        // Those that hang have what they had at first, and no more.
        for (const webhook of dead) expect(arrived(webhook).length).toBeLessThanOrEqual(4)
      } finally {
        await running.stop()
      }
    },
    60_000,
  )

  test('an endpoint whose last attempt failed has one request at a time', async () => {
    const webhook = await worker.plant(api.a.scope)
    await api.ask('update tenant.webhooks set consecutive_failures = 3, failing_since = now() where id = $1', [
      webhook.id,
    ])
    for (let count = 0; count < 8; count += 1) await worker.record(api.a.scope)
    worker.receiver.answerWith(() => ({ status: 500 }))
    await worker.deliver()
    expect(arrived(webhook)).toHaveLength(8)
    expect(worker.receiver.mostAtOnce(webhook.path)).toBe(1)
  })

  test('full lanes make a delivery wait, and lose nothing', async () => {
    const tight = { fast: { inAll: 2, perWorkspace: 1 }, slow: { inAll: 1, perWorkspace: 1 }, slowAfterMs: 60_000 }
    const webhooks = await hanging([api.a.scope, api.b.scope], 6)
    await api.ask('update tenant.webhooks set consecutive_failures = 1, failing_since = now() where url like $1', [
      '%/5',
    ])
    const running = worker.another({ lanes: tight, pollMs: 20 })
    for (const scope of [api.a.scope, api.b.scope])
      for (let count = 0; count < 5; count += 1) await worker.record(scope)
    running.start()
    await vi.waitFor(
      () => expect(webhooks.map((webhook) => new Set(arrived(webhook)).size)).toEqual([5, 5, 5, 5, 5, 5]),
      { timeout: 30_000, interval: 50 },
    )
    await running.stop()
  })

  test('owners and admins, and nobody else, hear by mail that an endpoint was turned off, by its id', async () => {
    const owner = await api.b.makeMember('owner')
    const admin = await api.b.makeMember('admin')
    for (const role of ['builder', 'reviewer', 'privacy', 'auditor'] as const) await api.b.makeMember(role)
    const webhookId = newId()
    const before = api.mails.length
    await sendDisabledMail(
      { database: api.installation.database, sendMail: async (mail) => void mails.push(mail) },
      api.b.scope,
      { webhookId, url: 'https://example.com/secret-path', reason: 'failing' },
    )
    expect(api.mails).toHaveLength(before)
    expect(mails.map(({ to }) => String(to)).toSorted()).toEqual([owner.email, admin.email].toSorted())
    for (const { text, html } of mails) {
      expect(text).toContain(encodeId('webhook', webhookId))
      expect(text + html).not.toContain('secret-path')
    }
  })
  const mails: { readonly to: unknown; readonly text: string; readonly html: string }[] = []

  test('rounds of one workspace that take long leave connections for the others', async () => {
    const other = await makeScope()
    const busy = await Promise.all(Array.from({ length: 20 }, () => worker.plant(api.a.scope)))
    const healthy = await worker.plant(other)
    const { database } = api.installation
    const held = Promise.withResolvers<void>()
    let inHand = 0
    let most = 0
    const slow: Pick<Database, 'workerWithWorkspace'> = {
      workerWithWorkspace: (scope, work) =>
        database.workerWithWorkspace(scope, async (tx) => {
          if (scope.workspaceId !== api.a.id) return work(tx)
          inHand += 1
          most = Math.max(most, inHand)
          await held.promise
          inHand -= 1
          return work(tx)
        }),
    }
    for (const { id } of busy)
      await database.withWorkspace(api.a.scope, (tx) => tx.dispatchPut('webhook', id, new Date(0)))
    const running = worker.another({ pollMs: 20, database: slow })
    running.start()
    try {
      await vi.waitFor(() => expect(inHand).toBeGreaterThan(0), patience)
      await arrives(healthy, await worker.record(other))
      expect(most).toBeLessThanOrEqual(3)
    } finally {
      held.resolve()
      await running.stop()
    }
  })
})
