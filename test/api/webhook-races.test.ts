/** What an operator and the worker do to one endpoint at the same moment. */
import { encodeId, type Uuid } from '@hyponema/contract'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { lockWebhook, putDeliveries, setRemoved } from '../../packages/server/src/features/webhooks/store.ts'
import type { PlantedEndpoint } from '../delivery/plant-endpoint.ts'
import { type Api, newId, openApi } from './api-harness.ts'
import { publishedAgent } from './made-things.ts'
import { openWebhookWorker, sessionOf, type WebhookWorker } from './webhook-worker.ts'

/** The machine is slow. */
const patience = { timeout: 10_000, interval: 20 }

describe('operator and worker at one endpoint', () => {
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
  afterEach(() => worker.reset())

  const statesOf = (webhook: PlantedEndpoint) =>
    api.ask('select event_id, state from tenant.webhook_deliveries where webhook_id = $1 order by event_id', [
      webhook.id,
    ])
  const somebodyWaits = () =>
    vi.waitFor(async () => {
      const waiting = await api.ask(
        `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
      )
      expect(waiting).not.toEqual([])
    }, patience)
  /** What a replay does, in a transaction that has just locked the endpoint when the worker comes to it. */
  const replayWhile = async (webhook: PlantedEndpoint, eventId: Uuid, meanwhile: () => Promise<unknown>) => {
    let running: Promise<unknown> | undefined
    await api.installation.database.withWorkspace(api.a.scope, async (tx) => {
      await lockWebhook(tx, webhook.id)
      running = meanwhile()
      await somebodyWaits()
      const deliveries = [{ id: newId(), eventId }]
      await putDeliveries(tx, { webhookId: webhook.id, deliveries, now: new Date(api.clock.nowMs()) })
    })
    await running
  }

  test('a replay of an event that is being fanned out ends neither of them', async () => {
    const webhook = await worker.plant(api.a.scope)
    const eventId = await worker.record(api.a.scope)
    await worker.makeDue()
    await replayWhile(webhook, eventId, () => worker.deliveries.runOnce())
    worker.throwFailures()
    await worker.deliver()
    expect(await statesOf(webhook)).toEqual([{ event_id: eventId, state: 'delivered' }])
  })

  test('a replay of an event whose attempt is being written down ends neither of them', async () => {
    const webhook = await worker.plant(api.a.scope)
    const eventId = await worker.record(api.a.scope)
    await worker.makeDue()
    let arrived: () => void = () => undefined
    let answerNow: () => void = () => undefined
    const isThere = new Promise<void>((resolve) => {
      arrived = resolve
    })
    worker.receiver.answerWith(
      () =>
        new Promise((resolve) => {
          answerNow = () => resolve({ status: 200 })
          arrived()
        }),
    )
    const delivering = worker.deliveries.runOnce()
    await isThere
    await replayWhile(webhook, eventId, () => {
      answerNow()
      return delivering
    })
    worker.throwFailures()
    expect(await statesOf(webhook)).toEqual([{ event_id: eventId, state: 'delivered' }])
    expect(worker.receiver.at(webhook.path)).toHaveLength(1)
  })

  test('an endpoint that is deleted while an event is fanned out delays it for no other one', async () => {
    const [webhook, other] = [await worker.plant(api.a.scope), await worker.plant(api.a.scope)]
    const eventId = await worker.record(api.a.scope)
    await worker.makeDue()
    let running: Promise<unknown> | undefined
    await api.installation.database.withWorkspace(api.a.scope, async (tx) => {
      await lockWebhook(tx, webhook.id)
      running = worker.deliveries.runOnce()
      await somebodyWaits()
      await setRemoved(tx, { id: webhook.id, now: new Date(api.clock.nowMs()) })
    })
    await running
    worker.throwFailures()
    await worker.deliver()
    expect(await statesOf(other)).toEqual([{ event_id: eventId, state: 'delivered' }])
  })

  /** An attempt is under way at the URL; then the endpoint has another one, which has proved itself too. */
  const movedWhileSending = async (answer: { status: number }) => {
    const webhook = await worker.plant(api.a.scope)
    const eventId = await worker.record(api.a.scope)
    await worker.makeDue()
    const moved = `${webhook.path}/moved`
    worker.receiver.answerWith(async ({ path }) => {
      if (path === moved) return { status: 200 }
      const url = `${worker.receiver.origin}${moved}`
      await api.ask('update tenant.webhooks set url = $2, verified_at = now() where id = $1', [webhook.id, url])
      return answer
    })
    await worker.deliver()
    api.pass(6_000)
    await worker.deliver()
    return { webhook, eventId, moved }
  }

  test.each([410, 500])('the old URL, which answers %i, says nothing about the new one', async (status) => {
    const { webhook, eventId, moved } = await movedWhileSending({ status })
    expect(await api.ask('select state, failing_since from tenant.webhooks where id = $1', [webhook.id])).toEqual([
      { state: 'enabled', failing_since: null },
    ])
    expect(worker.disabled).toEqual([])
    expect(worker.receiver.at(moved)).toHaveLength(1)
    expect(await statesOf(webhook)).toEqual([{ event_id: eventId, state: 'delivered' }])
  })

  test('what waited for the order goes out as soon as no order is asked for', async () => {
    const webhook = await worker.plant(api.a.scope, { ordered: true })
    const sessionId = newId()
    const stuck = await worker.record(api.a.scope, { sessionId })
    const waits = await worker.record(api.a.scope, { sessionId })
    worker.receiver.answerWith(({ id }) => ({ status: id === encodeId('event', stuck) ? 500 : 200 }))
    await worker.deliver()
    const changed = await api.a.call('PATCH', `/v1/webhooks/${encodeId('webhook', webhook.id)}`, {
      body: { ordered: false },
    })
    expect(changed.status).toBe(200)
    await worker.deliveries.runOnce()
    expect(worker.receiver.at(webhook.path).map(({ id }) => id)).toContain(encodeId('event', waits))
  })

  test('without the key of the workspace the events of people go out, and what came of them is written down', async () => {
    // It remembers no key yet.
    const other = await openWebhookWorker(api)
    const webhook = await other.plant(api.a.scope)
    const { userId } = await sessionOf(api, await publishedAgent(api.a), 'somebody')
    const unreadable = await worker.record(api.a.scope)
    const readable = await worker.record(api.a.scope, { userId })
    const spoil = (to: string) =>
      api.ask(`update tenant.workspace_keys set key_id = $1 where purpose = 'content'`, [to])
    const [key] = await api.ask<{ key_id: string }>(
      `select key_id from tenant.workspace_keys where purpose = 'content' limit 1`,
    )
    await spoil('gone')
    try {
      await other.deliver()
      expect(await statesOf(webhook)).toEqual([
        { event_id: unreadable, state: 'pending' },
        { event_id: readable, state: 'delivered' },
      ])
      expect(() => other.throwFailures()).toThrow('a worker told of failures')
    } finally {
      await spoil(key?.key_id ?? '')
      await other.close()
    }
  })
})
