/** Endpoints of webhooks by the public door: made, verified, rotated, switched, tested, replayed and looked into. */
import {
  createdWebhookSchema,
  encodeId,
  pageSchema,
  webhookAttemptSchema,
  webhookDeliverySchema,
  webhookReplaySchema,
  webhookSchema,
  webhookTestSchema,
  webhookVerificationSchema,
} from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Api, newId, openApi } from './api-harness.ts'
import { auditedActions } from './audited-actions.ts'
import { createdSession, createdWebhook, publishedAgent, verifiedWebhook } from './made-things.ts'
import { plantAttempts } from './planted-attempts.ts'

const url = 'https://hooks.example.com/in'
const dayMs = 24 * 60 * 60 * 1000

describe('webhook endpoints', () => {
  let api: Api
  beforeAll(async () => {
    api = await openApi()
  })
  afterAll(() => api.close())

  const post = (path: string, body?: object, headers: Readonly<Record<string, string>> = {}) =>
    api.a.call('POST', `/v1/webhooks${path}`, { body, headers })
  const read = async (id: string) => webhookSchema.parse((await api.a.call('GET', `/v1/webhooks/${id}`)).body)
  const dispatched = (kind: string, ref: string) =>
    api.ask('select due_at from app.dispatch where kind = $1 and ref = $2', [kind, ref])

  describe('making one', () => {
    test('shows the secret once, keeps it sealed as a credential, and sends nothing', async () => {
      const made = createdWebhookSchema.parse(
        (await post('', { url, description: 'orders', event_types: ['session.*', 'guard.triggered'], ordered: true }))
          .body,
      )
      expect(made).toMatchObject({
        url,
        description: 'orders',
        event_types: ['session.*', 'guard.triggered'],
        ordered: true,
        state: 'unverified',
        disabled_reason: null,
        public_key: null,
        verified_at: null,
      })
      expect(made.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
      const { secret, ...rest } = made
      expect(await read(made.id)).toEqual(rest)
      const held = await api.ask(
        'select kind, provider, hint from tenant.credentials where workspace_id = $1 and label = $2',
        [api.a.id, made.id],
      )
      expect(held).toEqual([{ kind: 'webhook', provider: 'standard_webhooks', hint: secret?.slice(-5, -1) }])
      expect((await api.a.call('GET', '/v1/webhooks')).text).not.toContain(secret)
    })

    test('with a key pair when asked: its public half is no secret', async () => {
      const made = createdWebhookSchema.parse((await post('', { url, event_types: ['*'], asymmetric: true })).body)
      expect(made.public_key).toMatch(/^whpk_[A-Za-z0-9+/]{43}=$/)
      expect((await read(made.id)).public_key).toBe(made.public_key)
    })

    test('a repeat makes no second one and does not know the secret', async () => {
      const body = { url, event_types: ['*'] }
      const first = createdWebhookSchema.parse((await post('', body, { 'idempotency-key': 'make' })).body)
      const again = createdWebhookSchema.parse((await post('', body, { 'idempotency-key': 'make' })).body)
      expect(again).toEqual({ ...first, secret: null, secret_already_shown: true })
      const other = await post('', { ...body, ordered: true }, { 'idempotency-key': 'make' })
      expect([other.status, other.code()]).toEqual([409, 'idempotency.mismatch'])
    })

    test.each([
      [{ url }, ['/event_types']],
      [{ url, event_types: [] }, ['/event_types']],
      [{ url, event_types: ['session.started', 'nothing.happened'] }, ['/event_types/1']],
      [{ url, event_types: ['session'] }, ['/event_types/0']],
      [{ url, event_types: ['*.started'] }, ['/event_types/0']],
      [{ url, event_types: ["session.*' or true--"] }, ['/event_types/0']],
      [{ url, event_types: ['*', '*'] }, ['/event_types/1']],
      [{ event_types: ['*'] }, ['/url']],
      [{ url, event_types: ['*'], secret: 'whsec_mine' }, ['/secret']],
    ])('refuses %j with a pointer', async (body, pointers) => {
      const answer = await post('', body)
      expect([answer.status, answer.code(), answer.pointers()]).toEqual([422, 'request.invalid', pointers])
    })

    test('an unknown event type is answered with those that there are', async () => {
      const answer = await post('', { url, event_types: ['session.begun'] })
      expect(answer.text).toContain('session.*')
      expect(answer.text).toContain('session.started')
    })

    test('a workspace has fifty at most, however many ask at once', async () => {
      const before = await api.ask('select 1 from tenant.webhooks where workspace_id = $1', [api.b.id])
      const answers = await Promise.all(
        Array.from({ length: 53 }, () => api.b.call('POST', '/v1/webhooks', { body: { url, event_types: ['*'] } })),
      )
      expect(before).toEqual([])
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(50)
      expect(new Set(answers.filter(({ status }) => status !== 201).map((answer) => answer.code()))).toEqual(
        new Set(['webhook.too_many']),
      )
    })
  })

  describe('verifying', () => {
    test('an endpoint that echoes the challenge is enabled, and its work is due', async () => {
      const made = await createdWebhook(api.a)
      const answer = webhookVerificationSchema.parse((await post(`/${made.id}/verify`)).body)
      expect(answer).toMatchObject({ verified: true, outcome: 'succeeded', status_code: 200 })
      expect(answer.webhook).toMatchObject({ id: made.id, state: 'enabled', verified_at: expect.any(String) })
      expect(await dispatched('webhook', made.uuid)).toHaveLength(1)
      expect(await dispatched('webhook_care', made.uuid)).toHaveLength(1)
    })

    test('a repeat sends nothing and tells how it is now', async () => {
      const made = await createdWebhook(api.a)
      const verify = () => post(`/${made.id}/verify`, {}, { 'idempotency-key': 'verify' })
      await verify()
      const again = webhookVerificationSchema.parse((await verify()).body)
      expect(again).toMatchObject({ verified: true, outcome: null, webhook: { state: 'enabled' } })
      const sent = (await auditedActions(api, api.a.id, 'webhook.challenged')).filter(
        ({ target }) => target.id === made.id,
      )
      expect(sent).toHaveLength(1)
    })

    test('another URL has to be verified again; what else changes does not touch that', async () => {
      const made = await verifiedWebhook(api.a)
      const patch = async (body: object) =>
        webhookSchema.parse((await api.a.call('PATCH', `/v1/webhooks/${made.id}`, { body })).body)
      expect(await patch({ description: 'new', event_types: ['*'], ordered: true, url })).toMatchObject({
        state: 'enabled',
        description: 'new',
      })
      const moved = await patch({ url: 'https://hooks.example.com/elsewhere' })
      expect(moved).toMatchObject({ state: 'unverified', verified_at: null })
      expect(await dispatched('webhook', made.uuid)).toEqual([])
      const enabled = await post(`/${made.id}/enable`)
      expect([enabled.status, enabled.code()]).toEqual([409, 'webhook.not_verified'])
    })

    test('an unverified endpoint is sent nothing else: no test, no replay', async () => {
      const made = await createdWebhook(api.a)
      for (const [path, body] of [
        ['test', { type: 'session.started' }],
        ['replay', { since: new Date(api.clock.nowMs()).toISOString() }],
      ] as const) {
        const answer = await post(`/${made.id}/${path}`, body)
        expect([path, answer.status, answer.code()]).toEqual([path, 409, 'webhook.not_enabled'])
      }
      expect(await api.ask('select 1 from tenant.webhook_deliveries where webhook_id = $1', [made.uuid])).toEqual([])
    })
  })

  describe('switching', () => {
    test('disabling and enabling leave one event each, and a second time changes nothing', async () => {
      const made = await verifiedWebhook(api.a)
      await api.ask(
        "update tenant.webhooks set failing_since = now() - interval '4 days', consecutive_failures = 9 where id = $1",
        [made.uuid],
      )
      expect((await post(`/${made.id}/disable`)).body).toMatchObject({
        state: 'disabled',
        disabled_reason: 'by_operator',
      })
      await post(`/${made.id}/disable`)
      expect(await dispatched('webhook', made.uuid)).toEqual([])
      expect((await post(`/${made.id}/enable`)).body).toMatchObject({
        state: 'enabled',
        disabled_reason: null,
        failing_since: null,
        consecutive_failures: 0,
      })
      await post(`/${made.id}/enable`)
      expect(await dispatched('webhook', made.uuid)).toHaveLength(1)
      for (const action of ['webhook.disabled', 'webhook.enabled']) {
        const events = (await auditedActions(api, api.a.id, action)).filter(({ target }) => target.id === made.id)
        expect(events).toHaveLength(1)
      }
    })

    test('a deleted one takes its secrets and its wake-ups along, and leaves the rest to the worker', async () => {
      const made = await verifiedWebhook(api.a, { asymmetric: true })
      await post(`/${made.id}/test`, { type: 'session.started' })
      expect((await api.a.call('DELETE', `/v1/webhooks/${made.id}`)).status).toBe(204)
      expect((await api.a.call('GET', `/v1/webhooks/${made.id}`)).status).toBe(404)
      expect(await api.ask('select 1 from tenant.credentials where label = $1', [made.id])).toEqual([])
      expect(await api.ask('select kind from app.dispatch where ref = $1', [made.uuid])).toEqual([
        { kind: 'webhook_removal' },
      ])
    })
  })

  describe('rotating the secret', () => {
    const versions = (label: string) =>
      api.ask<{ provider: string; version: number; live: boolean; isOpen: boolean }>(
        `select c.provider, v.version, v.revoked_at is null and (v.revoke_after is null or v.revoke_after > clock_timestamp()) as live,
           v.revoke_after is null as "isOpen"
         from tenant.credentials c join tenant.credential_versions v
           on v.workspace_id = c.workspace_id and v.credential_id = c.id
         where c.label = $1 order by 1, 2`,
        [label],
      )

    test('shows the new one once and keeps the old one for the overlap; a key pair is replaced with it', async () => {
      const made = await verifiedWebhook(api.a, { asymmetric: true })
      const before = await read(made.id)
      const rotate = () => post(`/${made.id}/rotate-secret`, { overlap_seconds: 60 }, { 'idempotency-key': 'rotate' })
      const first = createdWebhookSchema.parse((await rotate()).body)
      expect(first.secret).toMatch(/^whsec_/)
      expect(first.secret).not.toBe(made.secret)
      expect(first.public_key).not.toBe(before.public_key)
      expect(createdWebhookSchema.parse((await rotate()).body)).toMatchObject({
        secret: null,
        secret_already_shown: true,
      })
      const open = { version: 2, live: true, isOpen: true }
      const ending = { version: 1, live: true, isOpen: false }
      expect(await versions(made.id)).toEqual(
        ['standard_webhooks', 'standard_webhooks_ed25519'].flatMap((provider) => [
          { provider, ...ending },
          { provider, ...open },
        ]),
      )
    })

    test('without an overlap the old one signs no more', async () => {
      const made = await createdWebhook(api.a)
      await post(`/${made.id}/rotate-secret`, { overlap_seconds: 0 })
      expect(await versions(made.id)).toMatchObject([
        { version: 1, live: false },
        { version: 2, live: true },
      ])
    })

    test('five sign at most, however many rotate at once; without an overlap it goes on', async () => {
      const made = await createdWebhook(api.a)
      const answers = await Promise.all(Array.from({ length: 8 }, () => post(`/${made.id}/rotate-secret`)))
      const secrets = answers.flatMap(({ status, body }) =>
        status === 201 ? [createdWebhookSchema.parse(body).secret] : [],
      )
      expect(new Set(secrets).size).toBe(4)
      expect(answers.filter(({ status }) => status !== 201).map((answer) => answer.code())).toEqual(
        Array.from({ length: 4 }, () => 'webhook.too_many_secrets'),
      )
      expect((await post(`/${made.id}/rotate-secret`, { overlap_seconds: 0 })).status).toBe(201)
      expect((await versions(made.id)).filter(({ live }) => live)).toHaveLength(1)
    })

    test.each([-1, 604_801, 1.5, '60'])('refuses an overlap of %j', async (overlap) => {
      const made = await createdWebhook(api.a)
      const answer = await post(`/${made.id}/rotate-secret`, { overlap_seconds: overlap })
      expect([answer.status, answer.pointers()]).toEqual([422, ['/overlap_seconds']])
    })
  })

  describe('sending something', () => {
    test('a test is one delivery to this endpoint, whatever its filter, and not to another', async () => {
      const other = await verifiedWebhook(api.a)
      const made = await verifiedWebhook(api.a, { event_types: ['audit.checkpoint'] })
      const sent = webhookTestSchema.parse((await post(`/${made.id}/test`, { type: 'session.completed' })).body)
      const list = pageSchema(webhookDeliverySchema).parse(
        (await api.a.call('GET', `/v1/webhooks/${made.id}/deliveries?state=pending`)).body,
      )
      expect(list.data).toMatchObject([
        { id: sent.delivery_id, event_id: sent.event_id, event_type: 'session.completed', attempt_count: 0 },
      ])
      const since = new Date(api.clock.nowMs() - 60_000).toISOString()
      await post(`/${other.id}/replay`, { since })
      const named = await post(`/${other.id}/replay`, { event_id: sent.event_id })
      expect([named.status, named.code()]).toEqual([404, 'request.not_found'])
      const owed = await api.a.call('GET', `/v1/webhooks/${other.id}/deliveries`)
      expect(owed.text).not.toContain(sent.event_id)
    })

    test('a replay makes the events since a time due again that the filter takes, finished ones too', async () => {
      const fresh = await openApi()
      try {
        const since = new Date(fresh.clock.nowMs() - 1_000).toISOString()
        const agent = await publishedAgent(fresh.a)
        const session = await createdSession(fresh.a, agent)
        await fresh.a.call('POST', `/v1/sessions/${session.id}/end`)
        const made = await verifiedWebhook(fresh.a, { event_types: ['session.completed', 'session.failed'] })
        const replay = async (body: object) =>
          webhookReplaySchema.parse((await fresh.a.call('POST', `/v1/webhooks/${made.id}/replay`, { body })).body)
        expect(await replay({ since })).toEqual({ queued: 1, next_since: null })
        // What is due already is not made due twice.
        expect(await replay({ since })).toEqual({ queued: 0, next_since: null })
        await fresh.ask(
          "update tenant.webhook_deliveries set state = 'delivered', next_attempt_at = null, finished_at = now(), attempt_count = 3, first_attempt_at = now()",
        )
        expect(await replay({ since })).toEqual({ queued: 1, next_since: null })
        expect(
          await fresh.ask('select state, attempt_count, first_attempt_at, finished_at from tenant.webhook_deliveries'),
        ).toEqual([{ state: 'pending', attempt_count: 0, first_attempt_at: null, finished_at: null }])
        const [event] = await fresh.ask<{ id: ReturnType<typeof newId> }>(
          'select event_id as id from tenant.webhook_deliveries',
        )
        if (event === undefined) throw new Error('no delivery')
        await fresh.ask("update tenant.webhook_deliveries set next_attempt_at = now() + interval '14 hours'")
        expect(await replay({ event_id: encodeId('event', event.id) })).toEqual({ queued: 1, next_since: null })
      } finally {
        await fresh.close()
      }
    })

    test.each([
      [{}, ['']],
      [{ since: '2020-01-01T00:00:00Z' }, ['/since']],
      [{ since: '2999-01-01T00:00:00Z' }, ['/since']],
      [{ since: 'yesterday' }, ['/since']],
      [{ event_id: 'evt_1' }, ['/event_id']],
    ])('a replay of %j is refused with a pointer', async (body, pointers) => {
      const made = await verifiedWebhook(api.a)
      const answer = await post(`/${made.id}/replay`, body)
      expect([answer.status, answer.pointers()]).toEqual([422, pointers])
    })

    test('one of both: an event and a time are two replays', async () => {
      const made = await verifiedWebhook(api.a)
      const since = new Date(api.clock.nowMs() - dayMs).toISOString()
      const answer = await post(`/${made.id}/replay`, { since, event_id: encodeId('event', newId()) })
      expect([answer.status, answer.pointers()]).toEqual([422, ['']])
    })
  })

  describe('looking into attempts', () => {
    test('shows what came back, and the reading is audited; of an erased person it is gone', async () => {
      const fresh = await openApi()
      try {
        const made = await verifiedWebhook(fresh.a)
        const session = await createdSession(fresh.a, await publishedAgent(fresh.a))
        await fresh.a.call('POST', `/v1/sessions/${session.id}/end`)
        const since = new Date(fresh.clock.nowMs() - 60_000).toISOString()
        await fresh.a.call('POST', `/v1/webhooks/${made.id}/replay`, { body: { since } })
        await fresh.a.call('POST', `/v1/webhooks/${made.id}/test`, { body: { type: 'session.started' } })
        await plantAttempts(fresh, fresh.a)
        const attempts = async () =>
          pageSchema(webhookAttemptSchema).parse((await fresh.a.call('GET', `/v1/webhooks/${made.id}/attempts`)).body)
            .data
        const before = await attempts()
        expect(new Set(before.map(({ answer }) => answer))).toEqual(
          new Set(['ok for session.completed', 'ok for session.started']),
        )
        expect(before[0]).toMatchObject({ outcome: 'status', status_code: 500, attempt: 1, duration_ms: 12 })
        expect(await auditedActions(fresh, fresh.a.id, 'webhook.answers_opened')).toHaveLength(1)
        await fresh.ask('delete from tenant.user_keys where workspace_id = $1', [fresh.a.id])
        const byType = new Map((await attempts()).map(({ event_type: type, answer }) => [type, answer]))
        expect([...byType]).toEqual(
          expect.arrayContaining([
            ['session.completed', null],
            ['session.started', 'ok for session.started'],
          ]),
        )
        expect(byType.size).toBe(2)
      } finally {
        await fresh.close()
      }
    })
  })
})
