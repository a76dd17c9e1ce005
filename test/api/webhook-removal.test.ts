/** A deleted endpoint is gone for everybody at once; what it was owed is removed by the worker, a batch at a time. */
import { createdWebhookSchema, encodeId, pageSchema, type Uuid, webhookSchema } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { removeEndpoint } from '../../packages/server/src/features/deliveries/public.ts'
import { claimDispatch } from '../../packages/server/src/platform/jobs/claim-dispatch.ts'
import { createDispatchRunner, type DispatchHandler } from '../../packages/server/src/platform/jobs/dispatch-runner.ts'
import { type Api, newId, openApi } from './api-harness.ts'
import { createdWebhook, type MadeWebhook, verifiedWebhook } from './made-things.ts'
import { openWebhookWorker, type WebhookWorker } from './webhook-worker.ts'

const url = 'https://hooks.example.com/in'
/** More than two batches. */
const owed = 5_200

describe('an endpoint that was deleted', () => {
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

  const remove = (made: MadeWebhook) => api.a.call('DELETE', `/v1/webhooks/${made.id}`)
  const count = async (table: string, webhookId: Uuid): Promise<number> =>
    (
      await api.ask(`select 1 from tenant.${table} where ${table === 'webhooks' ? 'id' : 'webhook_id'} = $1`, [
        webhookId,
      ])
    ).length
  const left = async ({ uuid }: MadeWebhook) => ({
    webhooks: await count('webhooks', uuid),
    deliveries: await count('webhook_deliveries', uuid),
    attempts: await count('webhook_attempts', uuid),
  })
  const wakeUps = ({ uuid }: MadeWebhook) => api.ask('select kind, holder from app.dispatch where ref = $1', [uuid])
  /** Deliveries of events of their own, each with one attempt. */
  const plantOwed = async ({ uuid }: MadeWebhook, deliveries: number) => {
    const [events] = await api.ask<{ ids: Uuid[] }>(
      `with made as (
         insert into tenant.outbox (workspace_id, id, type, body, state)
         select $1, gen_random_uuid(), 'session.started', '\\x00', 'dispatched' from generate_series(1, $2::integer)
         returning id
       ) select array_agg(id) as ids from made`,
      [api.a.id, deliveries],
    )
    await api.ask(
      `with owed as (
         insert into tenant.webhook_deliveries
           (workspace_id, id, webhook_id, event_id, event_created_at, next_attempt_at, attempt_count)
         select $1, gen_random_uuid(), $2, event_id, now(), now() + interval '1 day', 1 from unnest($3::uuid[]) as event_id
         returning workspace_id, id, webhook_id, event_id
       )
       select count(*) from owed`,
      [api.a.id, uuid, events?.ids],
    )
    await api.ask(
      `insert into tenant.webhook_attempts
         (workspace_id, id, delivery_id, webhook_id, event_id, attempt, outcome, status_code, duration_ms)
       select workspace_id, gen_random_uuid(), id, webhook_id, event_id, 1, 'status', 500, 12
       from tenant.webhook_deliveries where webhook_id = $1`,
      [uuid],
    )
  }
  /** The worker's runner with nothing to do but this. */
  const runner = (handler: DispatchHandler = removeEndpoint) => {
    const errors: unknown[] = []
    const made = createDispatchRunner({
      database: api.installation.database,
      claimant: newId(),
      handlers: { webhook_removal: handler },
      onError: (error) => errors.push(error),
    })
    return { pass: made.runOnce, errors }
  }
  /** As the end of its hold would. */
  const endHolds = () => api.ask(`update app.dispatch set due_at = now() where kind = 'webhook_removal'`)
  const passUntilGone = async (made: MadeWebhook) => {
    const { pass, errors } = runner()
    let passes = 0
    while ((await wakeUps(made)).length > 0 && passes < 50) {
      await pass()
      passes += 1
    }
    expect(errors).toEqual([])
    return passes
  }

  test('is not there for any route, and its secrets are gone, before the worker has done anything', async () => {
    const made = await verifiedWebhook(api.a, { asymmetric: true })
    await plantOwed(made, 3)
    expect((await remove(made)).status).toBe(204)
    expect(await left(made)).toEqual({ webhooks: 1, deliveries: 3, attempts: 3 })
    expect(await api.ask('select 1 from tenant.credentials where label = $1', [made.id])).toEqual([])
    const routes = [
      ['GET', ''],
      ['GET', '/deliveries'],
      ['GET', '/attempts'],
      ['DELETE', ''],
      ['PATCH', '', { description: 'again' }],
      ['POST', '/verify', {}],
      ['POST', '/test', { type: 'session.started' }],
      ['POST', '/replay', { since: new Date(api.clock.nowMs() - 60_000).toISOString() }],
      ['POST', '/rotate-secret', {}],
      ['POST', '/enable', {}],
      ['POST', '/disable', {}],
    ] as const
    for (const [method, path, body] of routes) {
      const answer = await api.a.call(method, `/v1/webhooks/${made.id}${path}`, body === undefined ? {} : { body })
      expect([method, path, answer.status, answer.code()]).toEqual([method, path, 404, 'request.not_found'])
    }
    const page = pageSchema(webhookSchema).parse((await api.a.call('GET', '/v1/webhooks')).body)
    expect(page.data.map(({ id }) => id)).not.toContain(made.id)
    await passUntilGone(made)
    expect(await left(made)).toEqual({ webhooks: 0, deliveries: 0, attempts: 0 })
  })

  test('is none of the fifty', async () => {
    const make = async (): Promise<string | undefined> => {
      const answer = await api.b.call('POST', '/v1/webhooks', { body: { url, event_types: ['*'] } })
      return answer.status === 201 ? createdWebhookSchema.parse(answer.body).id : answer.code()
    }
    const made: (string | undefined)[] = []
    for (let at = 0; at < 50; at += 1) made.push(await make())
    expect(await make()).toBe('webhook.too_many')
    expect((await api.b.call('DELETE', `/v1/webhooks/${made[0]}`)).status).toBe(204)
    expect(await make()).toMatch(/^whk_/)
    expect(await make()).toBe('webhook.too_many')
  })

  test('is owed nothing of what happens later, and what is due at it is not sent', async () => {
    const planted = await worker.plant(api.a.scope)
    const other = await worker.plant(api.a.scope)
    worker.receiver.answerWith(() => ({ status: 500 }))
    await worker.record(api.a.scope)
    await worker.deliver()
    worker.receiver.answerWith(() => ({ status: 200 }))
    const before = worker.receiver.at(planted.path).length
    expect(before).toBe(1)
    await api.a.call('DELETE', `/v1/webhooks/${encodeId('webhook', planted.id)}`)
    await worker.record(api.a.scope)
    api.pass(60_000)
    await api.installation.database.withWorkspace(api.a.scope, (tx) =>
      tx.dispatchPut('webhook', planted.id, new Date(0)),
    )
    await worker.deliver()
    expect(worker.receiver.at(planted.path)).toHaveLength(before)
    expect(worker.receiver.at(other.path).length).toBeGreaterThan(before)
    expect(await count('webhook_deliveries', planted.id)).toBe(1)
    worker.throwFailures()
  })

  test(`with ${owed} deliveries goes in batches, whoever is killed between or within them, and takes nothing else along`, async () => {
    const [made, other] = [await verifiedWebhook(api.a), await verifiedWebhook(api.a)]
    await plantOwed(made, owed)
    await plantOwed(other, 3)
    expect((await remove(made)).status).toBe(204)
    const begun = runner()
    await begun.pass()
    expect(await left(made)).toEqual({ webhooks: 1, deliveries: owed, attempts: owed - 2_000 })
    // One that dies when it has done its work and before it commits.
    const killed = runner(async (tx, ref) => {
      await removeEndpoint(tx, ref)
      throw new Error('killed')
    })
    await killed.pass()
    expect(killed.errors).toHaveLength(1)
    expect(await left(made)).toEqual({ webhooks: 1, deliveries: owed, attempts: owed - 2_000 })
    // One that dies with the wake-up in its hands.
    await endHolds()
    const { worker: login } = api.installation.database.logins
    const most = { kinds: ['webhook_removal'], perWorkspace: 10, maxRows: 10, holdMs: 60_000 }
    expect(await claimDispatch(login, { ...most, claimant: newId() })).toMatchObject([{ ref: made.uuid }])
    await runner().pass()
    expect(await left(made)).toEqual({ webhooks: 1, deliveries: owed, attempts: owed - 2_000 })
    await endHolds()
    // 3,200 attempts in two passes, of which the second begins with the deliveries; those in two more.
    expect(await passUntilGone(made)).toBe(4)
    expect(await left(made)).toEqual({ webhooks: 0, deliveries: 0, attempts: 0 })
    expect(await left(other)).toEqual({ webhooks: 1, deliveries: 3, attempts: 3 })
  })

  test('is removed although somebody still writes one of its deliveries, which goes later', async () => {
    const made = await verifiedWebhook(api.a)
    await plantOwed(made, 3)
    await remove(made)
    const held = Promise.withResolvers<void>()
    const free = Promise.withResolvers<void>()
    const writing = api.installation.database.workerWithWorkspace(api.a.scope, async (tx) => {
      await tx.db
        .selectFrom('tenant.webhook_deliveries')
        .select('id')
        .where('webhook_id', '=', made.uuid)
        .orderBy('id')
        .limit(1)
        .forUpdate()
        .execute()
      held.resolve()
      await free.promise
    })
    await held.promise
    const { pass, errors } = runner()
    await pass()
    expect(await left(made)).toEqual({ webhooks: 1, deliveries: 1, attempts: 0 })
    free.resolve()
    await writing
    await pass()
    expect(errors).toEqual([])
    expect(await left(made)).toEqual({ webhooks: 0, deliveries: 0, attempts: 0 })
  })

  test('is the only one that loses something: a wake-up for another, or for none, does nothing', async () => {
    const made = await createdWebhook(api.a)
    await plantOwed(made, 3)
    for (const [scope, ref] of [
      [api.a.scope, made.uuid],
      [api.b.scope, made.uuid],
      [api.a.scope, newId()],
    ] as const)
      await api.installation.database.withWorkspace(scope, (tx) => tx.dispatchPut('webhook_removal', ref, new Date(0)))
    await endHolds()
    const { pass, errors } = runner()
    await pass()
    expect(errors).toEqual([])
    expect(await left(made)).toEqual({ webhooks: 1, deliveries: 3, attempts: 3 })
    expect((await api.a.call('GET', `/v1/webhooks/${made.id}`)).status).toBe(200)
    expect(
      await api.ask(`select 1 from app.dispatch where kind = 'webhook_removal' and workspace_id = $1`, [api.a.id]),
    ).toEqual([])
  })
})
