import { webhookReplaySchema } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Api, openApi } from '../api/api-harness.ts'
import { verifiedWebhook } from '../api/made-things.ts'

describe('a replay', () => {
  let api: Api
  beforeAll(async () => {
    api = await openApi()
  })
  afterAll(() => api.close())

  test('of more than ten thousand says where to go on, and each is queued once', async () => {
    const made = await verifiedWebhook(api.b, {
      url: 'https://hooks.example.com/many',
      event_types: ['session.started'],
    })
    const begin = new Date(api.clock.nowMs() - 3_600_000)
    await api.ask(
      `insert into tenant.outbox (workspace_id, id, type, body, state, created_at)
       select $1, gen_random_uuid(), case when n % 50 = 0 then 'session.failed' else 'session.started' end, '\\x00',
         'dispatched', $2::timestamptz + n * interval '10 milliseconds'
       from generate_series(1, 12000) n`,
      [api.b.id, begin],
    )
    const replay = async (since: string) =>
      webhookReplaySchema.parse((await api.b.call('POST', `/v1/webhooks/${made.id}/replay`, { body: { since } })).body)
    const first = await replay(begin.toISOString())
    expect(first).toEqual({ queued: 10_000, next_since: expect.any(String) })
    expect(await replay(first.next_since ?? '')).toEqual({ queued: 1_760, next_since: null })
    expect(
      await api.ask(
        `select count(*)::int as rows, count(distinct event_id)::int as events from tenant.webhook_deliveries
         where workspace_id = $1`,
        [api.b.id],
      ),
    ).toEqual([{ rows: 11_760, events: 11_760 }])
  }, 30_000)
})
