import { sessionSchema, type Uuid } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sessionJobs } from '../../packages/server/src/features/sessions/public.ts'
import { createContentKeys } from '../../packages/server/src/guards/content-keys.ts'
import { keyringKeyService } from '../../packages/server/src/platform/crypto/keyring-key-service.ts'
import { createDispatchRunner, type DispatchRunner } from '../../packages/server/src/platform/jobs/dispatch-runner.ts'
import { scriptedDocument } from './agent-documents.ts'
import { type Api, newId, openApi } from './api-harness.ts'
import { createdSession, type MadeAgent, type MadeSession, publishedAgent } from './made-things.ts'
import { say } from './talk.ts'

describe('jobs of sessions', () => {
  let api: Api
  let agent: MadeAgent
  let jobs: ReturnType<typeof sessionJobs>
  let runner: DispatchRunner
  const failures: unknown[] = []
  beforeAll(async () => {
    api = await openApi()
    agent = await publishedAgent(api.a)
    const epochKeys = keyringKeyService(api.installation.keyring, 'epoch')
    jobs = sessionJobs({ contentKeys: createContentKeys({ epochKeys, newId }), clock: api.clock, newId })
    runner = createDispatchRunner({
      database: api.installation.database,
      claimant: newId(),
      handlers: { session_expiry: jobs.expireSession, session_lease: jobs.failLostSession },
      onError: (error) => failures.push(error),
    })
  })
  afterAll(() => api.close())

  const read = async (session: MadeSession) =>
    sessionSchema.parse((await api.a.call('GET', `/v1/sessions/${session.id}`)).body)
  const run = (job: (typeof jobs)[keyof typeof jobs], id: Uuid) =>
    api.installation.database.workerWithWorkspace(api.a.scope, (tx) => job(tx, id))
  const dueNow = (session: MadeSession, kind: string) =>
    api.ask(`update app.dispatch set due_at = now() - interval '1 second' where kind = $1 and ref = $2`, [
      kind,
      session.uuid,
    ])
  const isDue = (session: MadeSession, kind: string) =>
    api.ask('select due_at from app.dispatch where kind = $1 and ref = $2', [kind, session.uuid])
  const told = async (session: MadeSession): Promise<string[]> => {
    const rows = await api.ask<{ type: string }>(
      'select type from tenant.outbox where user_id = (select user_id from tenant.sessions where id = $1) order by id',
      [session.uuid],
    )
    return rows.map(({ type }) => type)
  }
  let people = 0
  const create = (body: object = {}) => {
    people += 1
    return createdSession(api.a, agent, { user_id: `job-${people}`, ...body })
  }

  test('a session that nobody joins in time fails as never_joined, and says so in the outbox', async () => {
    const session = await create({ ttl_seconds: 1 })
    await dueNow(session, 'session_expiry')
    api.pass(1_000)
    await runner.runOnce()
    expect(failures).toEqual([])
    expect(await read(session)).toMatchObject({ status: 'failed', end_reason: 'never_joined' })
    expect(await told(session)).toEqual(['session.failed'])
    expect(await isDue(session, 'session_expiry')).toEqual([])
  })

  test('a session that was joined is completed as expired when its time is over', async () => {
    const session = await create({ ttl_seconds: 5 })
    await say(api, session, 'hi')
    await dueNow(session, 'session_expiry')
    api.pass(5_000)
    await runner.runOnce()
    expect(await read(session)).toMatchObject({ status: 'completed', end_reason: 'expired' })
    expect(await told(session)).toEqual(['session.started', 'session.completed'])
    expect(await isDue(session, 'session_lease')).toEqual([])
  })

  test('an expiry that comes too early changes nothing and is due again at the right time', async () => {
    const session = await create({ ttl_seconds: 600 })
    await dueNow(session, 'session_expiry')
    await runner.runOnce()
    const { status, expires_at: expiresAt } = await read(session)
    expect(status).toBe('pending')
    expect(await isDue(session, 'session_expiry')).toEqual([{ due_at: new Date(expiresAt) }])
  })

  test('the limit of the agent counts from the first message and ends the session before its own', async () => {
    const short = await publishedAgent(api.a, scriptedDocument({ limits: { max_session_seconds: 10 } }))
    const session = await createdSession(api.a, short, { user_id: 'short', ttl_seconds: 600 })
    await say(api, session, 'hi')
    const { started_at: startedAt, expires_at: expiresAt } = await read(session)
    expect(Date.parse(expiresAt) - Date.parse(startedAt ?? '')).toBe(10_000)
    expect(await isDue(session, 'session_expiry')).toEqual([{ due_at: new Date(expiresAt) }])
    await dueNow(session, 'session_expiry')
    api.pass(10_000)
    await runner.runOnce()
    expect(await read(session)).toMatchObject({ status: 'completed', end_reason: 'expired' })
  })

  test('a session whose lease ran out fails as owner_lost and keeps every finished turn', async () => {
    const session = await create()
    await say(api, session, 'hi')
    await dueNow(session, 'session_lease')
    await runner.runOnce()
    expect(failures).toEqual([])
    expect(await read(session)).toMatchObject({ status: 'failed', end_reason: 'owner_lost', turn_count: 2 })
    expect(await isDue(session, 'session_expiry')).toEqual([])
  })

  test('a session that lives is not failed by a lease job that somebody made by hand', async () => {
    const session = await create()
    await say(api, session, 'hi')
    await run(jobs.failLostSession, session.uuid)
    expect(await read(session)).toMatchObject({ status: 'in_progress' })
    expect(await isDue(session, 'session_lease')).toHaveLength(1)
  })

  test('a finished session has one transcript event, however often the job runs', async () => {
    const session = await create()
    await say(api, session, 'hi')
    await api.a.call('POST', `/v1/sessions/${session.id}/end`)
    for (let time = 0; time < 3; time += 1) await run(jobs.finishSession, session.uuid)
    // In the order of their ids, in which they are delivered.
    expect(await told(session)).toEqual(['session.started', 'session.completed', 'transcript.ready'])
  })

  type Wrong = readonly [job: keyof ReturnType<typeof sessionJobs>, state: string, make: () => Promise<MadeSession>]
  const pending = () => create()
  const live = async () => {
    const session = await create()
    await say(api, session, 'hi')
    return session
  }
  const ended = async () => {
    const session = await live()
    await api.a.call('POST', `/v1/sessions/${session.id}/end`)
    return session
  }
  const endedUnjoined = async () => {
    const session = await create()
    await api.a.call('POST', `/v1/sessions/${session.id}/end`)
    return session
  }
  const failed = async () => {
    const session = await create({ ttl_seconds: 1 })
    api.pass(1_000)
    await run(jobs.expireSession, session.uuid)
    return session
  }
  const wrong: readonly Wrong[] = [
    ['expireSession', 'pending and not due', pending],
    ['expireSession', 'in progress and not due', live],
    ['expireSession', 'ended', ended],
    ['expireSession', 'failed', failed],
    ['failLostSession', 'pending', pending],
    ['failLostSession', 'in progress with a lease', live],
    ['failLostSession', 'ended', ended],
    ['failLostSession', 'failed', failed],
    ['finishSession', 'pending', pending],
    ['finishSession', 'in progress', live],
    ['finishSession', 'ended without a turn', endedUnjoined],
    ['finishSession', 'failed without a turn', failed],
  ]

  test.each(wrong)('%s does nothing for a session that is %s', async (job, _state, make) => {
    const session = await make()
    const rows = () => api.ask('select * from tenant.sessions where id = $1', [session.uuid])
    const [before, events] = [await rows(), await told(session)]
    await run(jobs[job], session.uuid)
    expect(await rows()).toEqual(before)
    expect(await told(session)).toEqual(events)
  })

  test.each(['expireSession', 'failLostSession', 'finishSession'] as const)(
    '%s does nothing for a session of another workspace or none at all',
    async (job) => {
      const theirs = await createdSession(api.b, await publishedAgent(api.b), { ttl_seconds: 1 })
      api.pass(1_000)
      await run(jobs[job], theirs.uuid)
      await run(jobs[job], newId())
      const row = await api.ask('select status from tenant.sessions where id = $1', [theirs.uuid])
      expect(row).toEqual([{ status: 'pending' }])
    },
  )
})
