import { encodeId, type Uuid } from '@hyponema/contract'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { OutboundDoor } from '../../packages/server/src/platform/outbound/outbound-door.ts'
import { type Api, newId, openApi } from './api-harness.ts'
import { openWebhookWorker, type WebhookWorker } from './webhook-worker.ts'

const minuteMs = 60_000
/** The machine is slow. */
const patience = { timeout: 30_000, interval: 20 }

describe('the order of deliveries, and workers that come to an end', () => {
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

  const plant = (options?: Parameters<WebhookWorker['plant']>[1]) => worker.plant(api.a.scope, options)
  const record = (of?: Parameters<WebhookWorker['record']>[1]) => worker.record(api.a.scope, of)
  const idsAt = (path: string) => worker.receiver.at(path).map(({ id }) => id)
  const publicIds = (ids: readonly Uuid[]) => ids.map((id) => encodeId('event', id))
  const at = (seconds: number) => new Date(api.clock.nowMs() - minuteMs + seconds * 1000)

  test('events of a session go out in the order of their time, and of their id where that is the same', async () => {
    const webhook = await plant({ ordered: true })
    const sessionId = newId()
    const last = await record({ sessionId, createdAt: at(9) })
    const first = await record({ sessionId, createdAt: at(1) })
    const same = at(5)
    const middle = [await record({ sessionId, createdAt: same }), await record({ sessionId, createdAt: same })]
    await worker.deliver()
    expect(idsAt(webhook.path)).toEqual(publicIds([first, ...middle, last]))
    expect(worker.receiver.mostAtOnce(webhook.path)).toBe(1)
  })

  test('an event that fails holds up its session and no other, and what is of no session', async () => {
    const webhook = await plant({ ordered: true })
    const [one, other] = [newId(), newId()]
    const stuck = await record({ sessionId: one, createdAt: at(1) })
    const waits = await record({ sessionId: one, createdAt: at(2) })
    const free = [await record({ sessionId: other, createdAt: at(3) }), await record({ createdAt: at(4) })]
    worker.receiver.answerWith(({ id }) => ({ status: id === encodeId('event', stuck) ? 500 : 200 }))
    await worker.deliver()
    expect(new Set(idsAt(webhook.path))).toEqual(new Set(publicIds([stuck, ...free])))
    worker.receiver.answerWith(() => ({ status: 200 }))
    api.pass(6_000)
    await worker.deliver()
    expect(idsAt(webhook.path).slice(-2)).toEqual(publicIds([stuck, waits]))
  })

  test('what failed for good holds up nobody any more', async () => {
    const webhook = await plant({ ordered: true })
    const sessionId = newId()
    const stuck = await record({ sessionId, createdAt: at(1) })
    const waits = await record({ sessionId, createdAt: at(2) })
    worker.receiver.answerWith(({ id }) => ({ status: id === encodeId('event', stuck) ? 500 : 200 }))
    for (let attempt = 0; attempt < 10; attempt += 1) {
      await worker.deliver()
      api.pass(25 * 60 * minuteMs)
      await api.ask('update tenant.webhooks set failing_since = null')
    }
    await worker.deliver()
    expect(idsAt(webhook.path).filter((id) => id === encodeId('event', stuck))).toHaveLength(10)
    expect(idsAt(webhook.path).at(-1)).toBe(encodeId('event', waits))
  })

  test('nothing of a session goes out before an earlier event of it that is not fanned out yet', async () => {
    const webhook = await plant({ ordered: true })
    const sessionId = newId()
    const early = await record({ sessionId, createdAt: at(1) })
    const late = await record({ sessionId, createdAt: at(2) })
    await worker.makeDue()
    // As between two claims: one of them has been fanned out, the earlier one waits.
    await api.ask(`update app.dispatch set due_at = now() + interval '1 hour' where kind = 'outbox' and ref = $1`, [
      early,
    ])
    await worker.deliveries.runOnce()
    const [webhookRow] = await api.ask<{ count: string }>(
      'select count(*) from tenant.webhook_deliveries where event_id = $1',
      [late],
    )
    expect(webhookRow?.count).toBe('1')
    expect(idsAt(webhook.path)).toEqual([])
    await worker.deliver()
    api.pass(1_000)
    await worker.deliver()
    expect(idsAt(webhook.path)).toEqual(publicIds([early, late]))
  })

  test('an endpoint that does not ask for an order has many requests at once', async () => {
    const webhook = await plant()
    const sessionId = newId()
    for (let count = 0; count < 100; count += 1) await record({ sessionId })
    const waiting: (() => void)[] = []
    worker.receiver.answerWith(
      () =>
        new Promise((resolve) => {
          waiting.push(() => resolve({ status: 200 }))
          // The window opens with every success: 1, 2, 4, 8, 16.
          if (waiting.length >= Math.min(16, worker.receiver.arrivals.length)) for (const go of waiting.splice(0)) go()
          else setTimeout(() => waiting.shift()?.(), 50)
        }),
    )
    await worker.deliver()
    expect(new Set(idsAt(webhook.path)).size).toBe(100)
    expect(idsAt(webhook.path)).toHaveLength(100)
    expect(worker.receiver.mostAtOnce(webhook.path)).toBeGreaterThan(4)
    expect(worker.receiver.mostAtOnce(webhook.path)).toBeLessThanOrEqual(16)
  })

  test('two workers at once send each delivery once', async () => {
    const webhooks = [await plant(), await plant({ ordered: true })]
    const ids: Uuid[] = []
    for (let count = 0; count < 60; count += 1) ids.push(await record({ sessionId: newId() }))
    await worker.makeDue()
    const [one, other] = [worker.another({ pollMs: 10 }), worker.another({ pollMs: 10 })]
    one.start()
    other.start()
    // Wake-ups that are put again while they are held, as the fan-out does: both claim the same endpoints.
    const again = setInterval(() => {
      api.ask(`update app.dispatch set due_at = now(), holder = null where kind = 'webhook'`).catch(() => undefined)
    }, 5)
    try {
      for (const { path } of webhooks) await vi.waitFor(() => expect(new Set(idsAt(path)).size).toBe(60), patience)
    } finally {
      clearInterval(again)
      await Promise.all([one.stop(), other.stop()])
    }
    for (const { path } of webhooks) expect(idsAt(path).toSorted()).toEqual(publicIds(ids).toSorted())
  })

  /** Sends, and is killed before it can write down what came of it. */
  const killedAfterSending = (): Pick<OutboundDoor, 'fetch'> => ({
    fetch: async (request, use) => {
      await worker.door.fetch(request, use)
      return new Promise((_, reject) => {
        request.signal?.addEventListener('abort', () => reject(new Error('killed')))
      })
    },
  })

  test('a crash between sending and writing it down sends it again when the lease ends, with the same id and bytes', async () => {
    const webhook = await plant()
    await record()
    await worker.makeDue()
    const dying = worker.another({ door: killedAfterSending(), pollMs: 10 })
    dying.start()
    await vi.waitFor(() => expect(idsAt(webhook.path)).toHaveLength(1), patience)
    // It claims nothing more, and what it held in the queue is due again; what it had leased is not yet.
    const ended = dying.stop()
    await api.ask(`update app.dispatch set holder = null where kind = 'webhook'`)
    await worker.deliver()
    expect(idsAt(webhook.path)).toHaveLength(1)
    api.pass(31_000)
    await worker.deliver()
    const [one, two, ...more] = worker.receiver.at(webhook.path)
    expect(more).toEqual([])
    expect(two?.id).toBe(one?.id)
    expect(two?.body.equals(one?.body ?? Buffer.alloc(0))).toBe(true)
    const rows = await api.ask('select state, attempt_count from tenant.webhook_deliveries where webhook_id = $1', [
      webhook.id,
    ])
    expect(rows).toEqual([{ state: 'delivered', attempt_count: 1 }])
    await ended
  })

  test('an attempt of a lease that has ended changes nothing that the next one wrote', async () => {
    const webhook = await plant()
    await record()
    await worker.makeDue()
    let answerNow: () => void = () => undefined
    worker.receiver.answerWith(
      () =>
        new Promise((resolve) => {
          answerNow = () => resolve({ status: 500 })
        }),
    )
    const slow = worker.another({ pollMs: 10 })
    slow.start()
    await vi.waitFor(() => expect(idsAt(webhook.path)).toHaveLength(1), patience)
    const answerSlow = answerNow
    // It claims nothing more, and waits for its request.
    const ended = slow.stop()
    worker.receiver.answerWith(() => ({ status: 503, headers: { 'retry-after': '3600' } }))
    await api.ask(`update app.dispatch set holder = null where kind = 'webhook'`)
    api.pass(31_000)
    await worker.deliver()
    const read = () =>
      api.ask('select state, attempt_count, next_attempt_at from tenant.webhook_deliveries where webhook_id = $1', [
        webhook.id,
      ])
    const before = await read()
    expect(idsAt(webhook.path)).toHaveLength(2)
    answerSlow()
    await vi.waitFor(
      async () =>
        expect(await api.ask('select 1 from tenant.webhook_attempts where webhook_id = $1', [webhook.id])).toHaveLength(
          2,
        ),
      patience,
    )
    await ended
    expect(await read()).toEqual(before)
  })

  test('a stop lets what runs finish, writes it down, and begins nothing more', async () => {
    const webhook = await plant()
    for (let count = 0; count < 20; count += 1) await record()
    await worker.makeDue()
    const stopping = worker.another({ pollMs: 10 })
    let stopped: Promise<void> | undefined
    worker.receiver.answerWith(async () => {
      stopped ??= stopping.stop()
      return { status: 200 }
    })
    stopping.start()
    await vi.waitFor(() => expect(stopped).toBeDefined(), patience)
    await stopped
    const sent = idsAt(webhook.path).length
    expect(sent).toBeLessThan(20)
    const done = await api.ask(
      `select 1 from tenant.webhook_deliveries where webhook_id = $1 and state = 'delivered'`,
      [webhook.id],
    )
    expect(done).toHaveLength(sent)
    api.pass(31_000)
    await worker.deliver()
    expect(new Set(idsAt(webhook.path)).size).toBe(20)
    expect(idsAt(webhook.path)).toHaveLength(20)
  })
})
