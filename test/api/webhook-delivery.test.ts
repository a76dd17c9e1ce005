import { createHash } from 'node:crypto'
import { encodeId, type Uuid } from '@hyponema/contract'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { provenScope } from '../../packages/server/src/kernel/workspace-scope.ts'
import type { PlantedEndpoint } from '../delivery/plant-endpoint.ts'
import { isSignedBy } from '../delivery/verify-signature.ts'
import { type Api, newId, openApi } from './api-harness.ts'
import { type MadeAgent, publishedAgent } from './made-things.ts'
import { webhookRows } from './webhook-rows.ts'
import { openWebhookWorker, sessionOf, type WebhookWorker } from './webhook-worker.ts'

const secondMs = 1_000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

const bodySchema = z.looseObject({ id: z.string(), type: z.string(), created_at: z.string() })
const bodyOf = (body: Buffer | undefined) => bodySchema.parse(JSON.parse(body?.toString() ?? ''))

describe('webhook deliveries', () => {
  let api: Api
  let worker: WebhookWorker
  let rows: ReturnType<typeof webhookRows>
  let agent: MadeAgent
  beforeAll(async () => {
    api = await openApi()
    rows = webhookRows(api)
    worker = await openWebhookWorker(api)
    agent = await publishedAgent(api.a)
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
  const waitMs = async (webhook: PlantedEndpoint, eventId: Uuid): Promise<number> =>
    ((await rows.deliveryOf(webhook, eventId))?.next_attempt_at?.getTime() ?? Number.NaN) - api.clock.nowMs()

  test('an event goes out once, signed with both keys, under its own id, with the headers of Standard Webhooks', async () => {
    const webhook = await plant({ ed25519: true })
    const eventId = await record()
    await worker.deliver()
    const [arrival, ...more] = worker.receiver.at(webhook.path)
    expect(more).toEqual([])
    expect(arrival?.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'hyponema',
      'webhook-id': encodeId('event', eventId),
    })
    expect(Math.abs(Number(arrival?.headers['webhook-timestamp']) - api.clock.nowMs() / 1000)).toBeLessThan(10)
    expect(bodyOf(arrival?.body)).toMatchObject({
      id: encodeId('event', eventId),
      type: 'webhook.disabled',
    })
    if (arrival === undefined) throw new Error('nothing came')
    expect(isSignedBy(arrival, webhook.secret)).toBe(true)
    expect(isSignedBy(arrival, webhook.publicKey ?? '')).toBe(true)
    expect(isSignedBy({ ...arrival, body: Buffer.from('{}') }, webhook.secret)).toBe(false)
    expect(await rows.deliveryOf(webhook, eventId)).toMatchObject({ state: 'delivered', attempt_count: 1 })
    expect(await rows.attemptsOf(webhook)).toMatchObject([{ attempt: 1, outcome: 'succeeded', status_code: 200 }])
    expect(await rows.webhookOf(webhook)).toMatchObject({
      state: 'enabled',
      consecutive_failures: 0,
      failing_since: null,
    })
    await worker.deliver()
    expect(idsAt(webhook)).toHaveLength(1)
  })

  test('an endpoint gets what its patterns name and nothing else', async () => {
    const all = await plant()
    const group = await plant({ eventTypes: ['webhook.*'] })
    const exact = await plant({ eventTypes: ['session.started', 'webhook.disabled'] })
    const others = await Promise.all([
      plant({ eventTypes: ['session.*'] }),
      plant({ eventTypes: ['webhook.disable'] }),
      plant({ eventTypes: ['webhook'] }),
      plant({ eventTypes: ['web*'] }),
    ])
    await record()
    await worker.deliver()
    for (const webhook of [all, group, exact]) expect(idsAt(webhook)).toHaveLength(1)
    for (const webhook of others) expect(idsAt(webhook)).toEqual([])
  })

  test('what is not enabled, and what belongs to another workspace, gets nothing', async () => {
    const mine = await plant()
    const off = await plant()
    const theirs = await worker.plant(api.b.scope)
    await api.ask(`update tenant.webhooks set state = 'disabled', disabled_reason = 'by_operator' where id = $1`, [
      off.id,
    ])
    await record()
    await worker.deliver()
    expect(idsAt(mine)).toHaveLength(1)
    expect(idsAt(off)).toEqual([])
    expect(idsAt(theirs)).toEqual([])
  })

  test('a canary workspace sends nothing, whatever stands in its tables', async () => {
    const canary = await worker.plant(api.b.scope)
    await api.ask('insert into app.canaries (workspace_id) values ($1)', [api.b.id])
    await worker.record(api.b.scope)
    await worker.deliver()
    expect(idsAt(canary)).toEqual([])
    await api.ask('delete from app.canaries where workspace_id = $1', [api.b.id])
    await worker.deliver()
    expect(idsAt(canary)).toHaveLength(1)
  })

  test('a failed attempt is repeated on the plan, with the same id and the same bytes, and ten are the last', async () => {
    const webhook = await plant()
    const eventId = await record()
    answer(500, {}, 'broken')
    await worker.deliver()
    const first = (await rows.deliveryOf(webhook, eventId))?.first_attempt_at?.getTime() ?? 0
    const planned = [
      5 * secondMs,
      5 * minuteMs,
      30 * minuteMs,
      2 * hourMs,
      5 * hourMs,
      10 * hourMs,
      14 * hourMs,
      20 * hourMs,
      dayMs,
    ]
    for (const [index, offset] of planned.entries()) {
      const row = await rows.deliveryOf(webhook, eventId)
      expect(row).toMatchObject({ state: 'pending', attempt_count: index + 1 })
      const afterFirst = (row?.next_attempt_at?.getTime() ?? 0) - first
      expect(afterFirst).toBeGreaterThanOrEqual(offset)
      // The duration of the attempts before.
      expect(afterFirst).toBeLessThan(offset + 20 * secondMs)
      await worker.deliver()
      expect(idsAt(webhook)).toHaveLength(index + 1)
      api.pass(afterFirst + first - api.clock.nowMs())
      await worker.deliver()
      expect(idsAt(webhook)).toHaveLength(index + 2)
    }
    expect(await rows.deliveryOf(webhook, eventId)).toMatchObject({
      state: 'failed',
      attempt_count: 10,
      next_attempt_at: null,
    })
    api.pass(2 * dayMs)
    await worker.deliver()
    const arrivals = worker.receiver.at(webhook.path)
    expect(arrivals).toHaveLength(10)
    expect(new Set(arrivals.map(({ id }) => id)).size).toBe(1)
    expect(new Set(arrivals.map(({ body }) => createHash('sha256').update(body).digest('hex'))).size).toBe(1)
    expect(arrivals.every((arrival) => isSignedBy(arrival, webhook.secret))).toBe(true)
    expect(new Set(arrivals.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(10)
    expect(
      (await rows.attemptsOf(webhook)).map(({ attempt, outcome, status_code }) => [attempt, outcome, status_code]),
    ).toEqual(Array.from({ length: 10 }, (_, index) => [index + 1, 'status', 500]))
  })

  test.each([
    [200, true],
    [201, true],
    [204, true],
    [299, true],
    [301, false],
    [302, false],
    [304, false],
    [400, false],
    [404, false],
    [500, false],
  ])('status %i is a success: %s', async (status, isSuccess) => {
    const webhook = await plant()
    const eventId = await record()
    answer(status, { location: `${worker.receiver.origin}/elsewhere` })
    await worker.deliver()
    expect(await rows.deliveryOf(webhook, eventId)).toMatchObject({ state: isSuccess ? 'delivered' : 'pending' })
    expect(worker.receiver.at('/elsewhere')).toEqual([])
  })

  test.each([
    ['429 with seconds', 429, () => '3600', hourMs],
    ['503 with a date', 503, () => new Date(api.clock.nowMs() + hourMs).toUTCString(), hourMs],
    ['500 with seconds', 500, () => '3600', hourMs],
    ['more than a day', 429, () => '604800', dayMs],
  ])('Retry-After is kept to: %s', async (_name, status, header, expected) => {
    const webhook = await plant()
    const eventId = await record()
    answer(status, { 'retry-after': header() })
    await worker.deliver()
    const left = await waitMs(webhook, eventId)
    expect(left).toBeGreaterThan(expected - 20 * secondMs)
    expect(left).toBeLessThanOrEqual(expected + secondMs)
  })

  test('Retry-After that asks for less than the plan changes nothing', async () => {
    const webhook = await plant()
    const eventId = await record()
    answer(503, { 'retry-after': '1' })
    await worker.deliver()
    expect(await waitMs(webhook, eventId)).toBeGreaterThan(2 * secondMs)
  })

  test('a connection that is cut, and an answer that is too large, are failures with their code and nothing of the words', async () => {
    const webhook = await plant()
    worker.receiver.answerWith(() => 'cut')
    await record()
    await worker.deliver()
    answer(200, {}, 'x'.repeat(70_000))
    await record()
    await worker.deliver()
    expect(await rows.attemptsOf(webhook)).toMatchObject([
      { outcome: 'unreachable', status_code: null, error_code: 'outbound.failed', answer: null },
      { outcome: 'too_large', error_code: 'outbound.too_large', answer: null },
    ])
  })

  test('an address that the door refuses is a failed attempt, with the code only', async () => {
    const webhook = await plant({ url: 'http://127.0.0.1:9/x' })
    const eventId = await record()
    await worker.deliver()
    expect(await rows.attemptsOf(webhook)).toMatchObject([
      { outcome: 'refused', status_code: null, error_code: 'outbound.address_refused', answer: null },
    ])
    expect(await rows.deliveryOf(webhook, eventId)).toMatchObject({ state: 'pending', attempt_count: 1 })
  })

  test("the workspace's own list of hosts narrows where its webhooks go", async () => {
    const webhook = await plant()
    await api.ask(
      `update tenant.workspaces set settings = '{"outbound_hosts":["example.com"]}' where workspace_id = $1`,
      [api.a.id],
    )
    await record()
    await worker.deliver()
    await api.ask(`update tenant.workspaces set settings = '{}' where workspace_id = $1`, [api.a.id])
    expect(idsAt(webhook)).toEqual([])
    expect(await rows.attemptsOf(webhook)).toMatchObject([{ outcome: 'refused' }])
  })

  test('of an answer the first KiB is kept, sealed; a cut character and bytes that are no text do not break it', async () => {
    const webhook = await plant()
    answer(200, {}, `${'a'.repeat(1023)}é and more`)
    await record()
    await worker.deliver()
    answer(200, {}, Buffer.alloc(1500, 0xff).toString('latin1'))
    await record()
    await worker.deliver()
    const attempts = await rows.attemptsOf(webhook)
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['succeeded', 'succeeded'])
    for (const { answer: kept } of attempts) {
      expect(kept?.length).toBeGreaterThan(1_000)
      expect(kept?.length).toBeLessThan(1_300)
      expect(kept?.includes('aaaa')).toBe(false)
    }
  })

  test('an event of a person who was erased before it went out says so and nothing else', async () => {
    const webhook = await plant()
    const { sessionId, userId } = await sessionOf(api, agent, 'erased before')
    const eventId = await record({ sessionId, userId })
    answer(500, {}, 'words of somebody')
    await worker.deliver()
    await api.ask('delete from tenant.user_keys where user_id = $1', [userId])
    api.pass(6 * secondMs)
    answer(200, {}, 'words of somebody')
    await worker.deliver()
    const [before, after] = worker.receiver.at(webhook.path)
    expect(bodyOf(before?.body)).toMatchObject({ data: { reason: 'failing' } })
    const { id, type, created_at: createdAt } = bodyOf(before?.body)
    expect(bodyOf(after?.body)).toEqual({
      id,
      type,
      created_at: createdAt,
      data: null,
      erased: true,
    })
    expect(after?.id).toBe(encodeId('event', eventId))
    if (after === undefined) throw new Error('nothing came')
    expect(isSignedBy(after, webhook.secret)).toBe(true)
    const [, kept] = await rows.attemptsOf(webhook)
    expect(kept).toMatchObject({ outcome: 'succeeded', answer: null })
  })

  test('what is replayed is byte-equal to what went out', async () => {
    const webhook = await plant()
    const eventId = await record()
    await worker.deliver()
    await api.ask(
      `update tenant.webhook_deliveries set state = 'pending', attempt_count = 0, first_attempt_at = null, next_attempt_at = $2, finished_at = null where event_id = $1`,
      [eventId, new Date(api.clock.nowMs())],
    )
    await api.installation.database.withWorkspace(api.a.scope, (tx) =>
      tx.dispatchPut('webhook', webhook.id, new Date(0)),
    )
    await worker.deliver()
    const [one, two] = worker.receiver.at(webhook.path)
    expect(two?.id).toBe(one?.id)
    expect(two?.body.equals(one?.body ?? Buffer.alloc(0))).toBe(true)
  })

  test('both secrets sign during the overlap of a rotation, and the old one not after it', async () => {
    const webhook = await plant()
    await record()
    await worker.deliver()
    const next = await worker.rotate(api.a.scope, webhook)
    await record()
    await worker.deliver()
    await api.ask(
      `update tenant.credential_versions set revoke_after = now() where credential_id = $1 and version = 1`,
      [webhook.hmacCredentialId],
    )
    await record()
    await worker.deliver()
    const signers = worker.receiver
      .at(webhook.path)
      .map((arrival) => [isSignedBy(arrival, webhook.secret), isSignedBy(arrival, next)])
    expect(signers).toEqual([
      [true, false],
      [true, true],
      [false, true],
    ])
  })

  test('an endpoint that was deleted while its event waited takes the delivery along', async () => {
    const webhook = await plant()
    await record()
    answer(500)
    await worker.deliver()
    await api.ask('delete from tenant.webhooks where id = $1', [webhook.id])
    api.pass(minuteMs)
    await worker.deliver()
    expect(idsAt(webhook)).toHaveLength(1)
  })

  test('a wake-up for an endpoint of another workspace, or none, does nothing', async () => {
    const webhook = await plant()
    await record()
    await api.installation.database.withWorkspace(provenScope(api.b.id), async (tx) => {
      await tx.dispatchPut('webhook', webhook.id, new Date(0))
      await tx.dispatchPut('webhook', newId(), new Date(0))
      await tx.dispatchPut('outbox', newId(), new Date(0))
      await tx.dispatchPut('webhook_care', newId(), new Date(0))
    })
    await worker.deliver()
    expect(idsAt(webhook)).toHaveLength(1)
    expect(
      await api.ask(`select kind from app.dispatch where workspace_id = $1 and kind <> 'seal'`, [api.b.id]),
    ).toEqual([])
  })
})
