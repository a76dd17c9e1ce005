/** What two servers on one database let one workspace have: live sessions to the number, and so much a day. */
import { once } from 'node:events'
import { encodeId, type WorkspaceLimits, workspaceSchema } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { listen } from '../../packages/server/src/commands/listen.ts'
import { sessionJobs } from '../../packages/server/src/features/sessions/public.ts'
import { createContentKeys } from '../../packages/server/src/guards/content-keys.ts'
import { keyringKeyService } from '../../packages/server/src/platform/crypto/keyring-key-service.ts'
import { scriptedDocument } from '../api/agent-documents.ts'
import { type Api, type ApiWorkspace, newId, openApi } from '../api/api-harness.ts'
import type { Answer } from '../api/call-api.ts'
import { createdSession, type MadeAgent, publishedAgent } from '../api/made-things.ts'
import { send } from '../api/talk.ts'
import { openSecondServer, type SecondServer } from './second-server.ts'
import { setLimits } from './set-limits.ts'

let api: Api
let second: SecondServer
let agent: MadeAgent
beforeAll(async () => {
  api = await openApi()
  second = await openSecondServer(api)
  agent = await publishedAgent(api.a, scriptedDocument({ voice: {} }))
})
afterAll(async () => {
  await second.close()
  await api.close()
})

const usual = { live_sessions: 1_000, live_sessions_per_user: 500 }
const create = (on: { call: ApiWorkspace['call'] }, user = 'somebody', body: object = {}): Promise<Answer> =>
  on.call('POST', '/v1/sessions', { body: { agent_id: agent.id, user_id: user, ...body } })
const statuses = (answers: readonly Answer[]) => ({
  made: answers.filter(({ status }) => status === 201).length,
  refused: answers.filter(({ status }) => status === 429).length,
})
const endAll = () =>
  api.ask(
    "update tenant.sessions set status = 'completed', ended_at = greatest(now(), started_at), end_reason = 'ended_by_backend' where ended_at is null",
  )

describe('live sessions', () => {
  test('are never more than the limit, on whichever server they are created at once', async () => {
    await endAll()
    await setLimits(api, api.a, { live_sessions: 5 })
    const both = await Promise.all(
      Array.from({ length: 24 }, (_, index) => create(index % 2 === 0 ? api.a : second, `person ${index}`)),
    )
    expect(statuses(both)).toEqual({ made: 5, refused: 19 })
    const refused = both.find(({ status }) => status === 429)
    expect([refused?.code(), refused?.headers.get('retry-after')]).toEqual(['session.live_limit', '10'])
    await setLimits(api, api.a, usual)
    await endAll()
  })

  test('of one user are never more than theirs, and other users do not notice', async () => {
    await endAll()
    await setLimits(api, api.a, { live_sessions_per_user: 3 })
    const both = await Promise.all(
      Array.from({ length: 16 }, (_, index) => create(index % 2 === 0 ? api.a : second, 'one person')),
    )
    expect(statuses(both)).toEqual({ made: 3, refused: 13 })
    expect((await create(second, 'another person')).status).toBe(201)
    await setLimits(api, api.a, usual)
    await endAll()
  })

  test('whose server died leave room when their lease has run out', async () => {
    await endAll()
    const dying = await openSecondServer(api)
    const session = await createdSession(api.a, agent, { user_id: 'last words' })
    const talk = await dying.call('POST', `/v1/sessions/${session.id}/messages`, {
      body: { text: 'hi' },
      credential: session.token,
    })
    expect(talk.status).toBe(200)
    await setLimits(api, api.a, { live_sessions: 1 })
    expect((await create(second)).code()).toBe('session.live_limit')
    // It renews nothing any more, and a worker finds that.
    await api.ask(
      "update app.dispatch set due_at = now() - interval '1 second' where kind = 'session_lease' and ref = $1",
      [session.uuid],
    )
    const epochKeys = keyringKeyService(api.installation.keyring, 'epoch')
    const jobs = sessionJobs({ contentKeys: createContentKeys({ epochKeys, newId }), clock: api.clock, newId })
    await api.installation.database.workerWithWorkspace(api.a.scope, (tx) => jobs.failLostSession(tx, session.uuid))
    expect((await create(second)).status).toBe(201)
    expect((await create(api.a)).status).toBe(429)
    await setLimits(api, api.a, usual)
    await endAll()
    await dying.close()
  })
})

describe('what a workspace may use in a day', () => {
  const midnight = 24 * 60 * 60
  /** Sums are kept for five seconds. */
  const later = () => api.pass(5_000)
  const use = (set: string) => api.ask(`update tenant.sessions set ${set} where workspace_id = $1`, [api.a.id])

  test.each<[keyof WorkspaceLimits, string, number, boolean]>([
    ['model_tokens_per_day', 'input_tokens = 700, output_tokens = 400', 1_000, true],
    ['spoken_characters_per_day', 'spoken_characters = 3000', 1_000, false],
    [
      'voice_minutes_per_day',
      "started_at = now() - interval '90 minutes', ended_at = now(), status = 'completed'",
      60,
      false,
    ],
  ])(
    '%s: is used up for both servers, for voice and, where it counts, for text',
    async (limit, used, most, countsForText) => {
      await endAll()
      await use('input_tokens = 0, output_tokens = 0, spoken_characters = 0, started_at = null')
      const waiting = await createdSession(api.a, agent, { user_id: 'waiting' })
      const first = await create(api.a, 'speaker', { modality: 'voice' })
      expect(first.status).toBe(201)
      await api.ask(`update tenant.sessions set ${used} where workspace_id = $1 and modality = 'voice'`, [api.a.id])
      await setLimits(api, api.a, { [limit]: most })
      later()
      try {
        for (const server of [api.a, second]) {
          const refused = await create(server, 'next', { modality: 'voice' })
          expect([refused.status, refused.code()]).toEqual([429, 'workspace.day_limit'])
          const wait = Number(refused.headers.get('retry-after'))
          expect(wait).toBeGreaterThan(0)
          expect(wait).toBeLessThanOrEqual(midnight)
          expect((await create(server, 'writer')).status).toBe(countsForText ? 429 : 201)
        }
        // One that was created before may not begin either.
        const joined = await send(api, waiting, 'hi')
        expect(joined.status).toBe(countsForText ? 429 : 200)
        await joined.text()
      } finally {
        await setLimits(api, api.a, { [limit]: 1_000_000 })
      }
      // Another limit is another sum, and a new limit counts at once.
      expect((await create(second, 'next', { modality: 'voice' })).status).toBe(201)
    },
  )

  test('closes the voice socket of a session that was waiting with 4429', async () => {
    await endAll()
    const waiting = await createdSession(api.a, agent, { user_id: 'waiting', modality: 'voice', client: 'native' })
    await setLimits(api, api.a, { voice_minutes_per_day: 0 })
    later()
    const server = await listen({ fetch: second.app.fetch, host: '127.0.0.1', port: 0, onUpgrade: second.voice.handle })
    const path = `/v1/sessions/${waiting.id}/voice?token=${waiting.token}`
    const open = async () => {
      const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`)
      const [code, reason] = await once(socket, 'close')
      return [Number(code), String(reason)]
    }
    try {
      expect(await open()).toEqual([4429, 'workspace.day_limit'])
      // Its token was not spent: it may come when there is something left.
      await setLimits(api, api.a, { voice_minutes_per_day: 1_000_000 })
      const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`)
      await once(socket, 'open')
      const row = async () =>
        (await api.ask<{ status: string }>('select status from tenant.sessions where id = $1', [waiting.uuid]))[0]
      await vi.waitFor(async () => expect(await row()).toEqual({ status: 'in_progress' }), { timeout: 10_000 })
      socket.close()
    } finally {
      await second.voice.closeAll()
      await server.close()
    }
  })

  test('begins anew at midnight of UTC', async () => {
    await endAll()
    await setLimits(api, api.a, { model_tokens_per_day: 0 })
    later()
    expect((await create(api.a)).code()).toBe('workspace.day_limit')
    await setLimits(api, api.a, { model_tokens_per_day: 1 })
    await use('input_tokens = 10')
    later()
    const refused = await create(api.a)
    expect(refused.code()).toBe('workspace.day_limit')
    api.pass(Number(refused.headers.get('retry-after')) * 1_000 + 1_000)
    expect((await create(api.a)).status).toBe(201)
    await setLimits(api, api.a, { model_tokens_per_day: 100_000_000 })
  })

  test('is shown with its limits to whoever may read the workspace', async () => {
    const workspace = workspaceSchema.parse((await second.call('GET', '/v1/workspaces/current')).body)
    expect(workspace.id).toBe(encodeId('workspace', api.a.id))
    expect(workspace.limits).toMatchObject({ live_sessions: 1_000, model_tokens_per_day: 100_000_000 })
    const theirs = workspaceSchema.parse((await api.b.call('GET', '/v1/workspaces/current')).body)
    expect(theirs).toMatchObject({ id: encodeId('workspace', api.b.id), used_today: { model_tokens: 0 } })
  })

  test('leaves its change in the audit log', async () => {
    await setLimits(api, api.b, { live_sessions: 7 })
    const { text } = await api.b.call('GET', '/v1/audit-events?action=workspace.limits_changed')
    expect(text).toContain('"live_sessions":7')
    expect(text).toContain('"live_sessions":1000')
  })
})
