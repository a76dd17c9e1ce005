import { encodeId, type Uuid } from '@hyponema/contract'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { purgeOldEvents } from '../../packages/server/src/features/deliveries/public.ts'
import type { PlantedEndpoint } from '../delivery/plant-endpoint.ts'
import { type Api, openApi } from './api-harness.ts'
import { webhookRows } from './webhook-rows.ts'
import { openWebhookWorker, type WebhookWorker } from './webhook-worker.ts'

const secondMs = 1_000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

const bodySchema = z.looseObject({ id: z.string(), type: z.string(), created_at: z.string() })
const bodyOf = (body: Buffer | undefined) => bodySchema.parse(JSON.parse(body?.toString() ?? ''))

describe('the health of an endpoint, and the daily look at it', () => {
  let api: Api
  let worker: WebhookWorker
  let rows: ReturnType<typeof webhookRows>
  beforeAll(async () => {
    api = await openApi()
    rows = webhookRows(api)
    worker = await openWebhookWorker(api)
  })
  afterAll(async () => {
    await worker.close()
    await api.close()
  })
  afterEach(() => worker.reset())

  const plant = (options?: Parameters<WebhookWorker['plant']>[1]) => worker.plant(api.a.scope, options)
  const record = (of?: Parameters<WebhookWorker['record']>[1]) => worker.record(api.a.scope, of)
  const answer = (status: number, headers: Record<string, string> = {}, body = '') =>
    worker.receiver.answerWith(() => ({ status, headers, body }))
  const idsAt = ({ path }: PlantedEndpoint) => worker.receiver.at(path).map(({ id }) => id)

  test('410 turns the endpoint off at once, says so as an event and to those who look after it', async () => {
    const webhook = await plant()
    const other = await plant()
    const eventId = await record()
    worker.receiver.answerWith(({ path }) => ({ status: path === webhook.path ? 410 : 200 }))
    await worker.deliver()
    expect(await rows.webhookOf(webhook)).toMatchObject({ state: 'disabled', disabled_reason: 'gone' })
    expect(await rows.deliveryOf(webhook, eventId)).toMatchObject({ state: 'failed', attempt_count: 1 })
    expect(worker.disabled.at(-1)).toMatchObject({ webhookId: webhook.id, reason: 'gone' })
    expect(
      await api.ask(
        "select actor_kind, actor_id from tenant.audit_events where action = 'webhook.disabled' and target_id = $1",
        [encodeId('webhook', webhook.id)],
      ),
    ).toEqual([{ actor_kind: 'system', actor_id: 'worker' }])
    await worker.deliver()
    const told = worker.receiver.at(other.path).map(({ body }) => bodyOf(body))
    expect(told.at(-1)).toMatchObject({ data: { webhook_id: encodeId('webhook', webhook.id), reason: 'gone' } })
    await record()
    await worker.deliver()
    expect(idsAt(webhook)).toHaveLength(1)
  })

  test('an endpoint that failed for five days without one success is turned off', async () => {
    const webhook = await plant()
    await record()
    answer(500)
    await worker.deliver()
    api.pass(5 * dayMs - minuteMs)
    await worker.deliver()
    expect(await rows.webhookOf(webhook)).toMatchObject({ state: 'enabled' })
    api.pass(2 * minuteMs)
    await record()
    await worker.deliver()
    expect(await rows.webhookOf(webhook)).toMatchObject({ state: 'disabled', disabled_reason: 'failing' })
    expect(worker.disabled.at(-1)).toMatchObject({ webhookId: webhook.id, reason: 'failing' })
  })

  test('one success within the five days begins the count anew', async () => {
    const webhook = await plant()
    answer(500)
    await record()
    await worker.deliver()
    api.pass(4 * dayMs)
    answer(200)
    await worker.deliver()
    expect(await rows.webhookOf(webhook)).toMatchObject({ consecutive_failures: 0, failing_since: null })
    api.pass(2 * dayMs)
    answer(500)
    await record()
    await worker.deliver()
    expect(await rows.webhookOf(webhook)).toMatchObject({ state: 'enabled', consecutive_failures: 1 })
  })

  test('the daily look turns off what has failed for five days with nothing more to send, and comes back tomorrow', async () => {
    const webhook = await plant()
    answer(500)
    await record()
    await worker.deliver()
    api.pass(5 * dayMs + minuteMs)
    await api.installation.database.withWorkspace(api.a.scope, (tx) =>
      tx.dispatchPut('webhook_care', webhook.id, new Date(0)),
    )
    await worker.deliveries.runOnce()
    expect(await rows.webhookOf(webhook)).toMatchObject({ state: 'disabled', disabled_reason: 'failing' })
    const [next] = await api.ask<{ due_at: Date }>(
      `select due_at from app.dispatch where kind = 'webhook_care' and ref = $1`,
      [webhook.id],
    )
    expect((next?.due_at.getTime() ?? 0) - api.clock.nowMs()).toBeGreaterThan(23 * hourMs)
  })

  test('attempts and events are kept for 30 days, and what still waits then is given up with its event', async () => {
    const webhook = await plant()
    const done = await record()
    await worker.deliver()
    answer(500)
    const waiting = await record()
    await worker.deliver()
    const care = async () => {
      await api.installation.database.withWorkspace(api.a.scope, (tx) =>
        tx.dispatchPut('webhook_care', webhook.id, new Date(0)),
      )
      await worker.deliveries.runOnce()
    }
    const events = async () =>
      (await api.ask<{ id: Uuid }>('select id from tenant.outbox where id = any($1)', [[done, waiting]])).map(
        ({ id }) => id,
      )
    api.pass(29 * dayMs)
    await care()
    expect(await events()).toHaveLength(2)
    expect(await rows.attemptsOf(webhook)).toHaveLength(2)
    api.pass(2 * dayMs)
    await care()
    expect(await rows.attemptsOf(webhook)).toEqual([])
    expect(await events()).toEqual([])
  })

  test('a workspace without an endpoint keeps its events for 30 days too', async () => {
    const { database } = api.installation
    const old = await worker.record(api.b.scope)
    const count = () => api.ask('select 1 from tenant.outbox where id = $1', [old])
    const purge = () =>
      database.workerWithWorkspace(api.b.scope, (tx) => purgeOldEvents(tx, { nowMs: api.clock.nowMs() }))
    api.pass(29 * dayMs)
    expect((await purge()).hasMore).toBe(false)
    expect(await count()).toHaveLength(1)
    api.pass(2 * dayMs)
    await purge()
    expect(await count()).toEqual([])
  })
})
