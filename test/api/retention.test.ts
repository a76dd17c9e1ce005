import { retentionPresets, retentionSchema, retentionStatusSchema } from '@hyponema/contract'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { dropOldPartitions } from '../../packages/server/src/commands/drop-old-partitions.ts'
import { readRetentionStatus } from '../../packages/server/src/features/retention/public.ts'
import type { WithWorkspace } from '../../packages/server/src/platform/postgres/with-workspace.ts'
import { scriptedDocument } from './agent-documents.ts'
import { type Api, type ApiWorkspace, newId, openApi } from './api-harness.ts'
import { auditedActions } from './audited-actions.ts'
import { createdSession, type MadeSession, publishedAgent } from './made-things.ts'
import { purgeAsWorker } from './purge-as-worker.ts'
import { say } from './talk.ts'

const dayMs = 24 * 60 * 60 * 1000
const madeSchema = z.object({ id: z.string() })

describe('retention', () => {
  let api: Api
  beforeAll(async () => {
    api = await openApi()
  })
  afterAll(() => api.close())
  /** Each case begins in a workspace of its own, and at the time of now. */
  let passed = 0
  afterEach(() => {
    api.pass(-passed)
    passed = 0
  })
  const pass = (days: number): void => {
    passed += days * dayMs
    api.pass(days * dayMs)
  }

  const purge = (...run: [ApiWorkspace, WithWorkspace?]) => purgeAsWorker(api, ...run)
  const talked = async (
    workspace: ApiWorkspace,
    options: { agent?: { id: string }; user?: string; end?: boolean } = {},
  ): Promise<MadeSession> => {
    const agent = options.agent ?? (await publishedAgent(workspace))
    const session = await createdSession(workspace, agent, { user_id: options.user ?? 'somebody' })
    // Somebody in danger: a decision, and a person who is called.
    await say(api, session, 'I want to die.')
    if (options.end !== false) await workspace.call('POST', `/v1/sessions/${session.id}/end`)
    return session
  }
  const rowsOf = async (session: MadeSession) => {
    const [row] = await api.ask<{ turns: string; decisions: string; traces: string; sessions: string }>(
      `select (select count(*) from tenant.turns where session_id = $1) as turns,
        (select count(*) from tenant.decisions where session_id = $1) as decisions,
        (select count(*) from tenant.turn_traces where session_id = $1) as traces,
        (select count(*) from tenant.sessions where id = $1) as sessions`,
      [session.uuid],
    )
    return {
      turns: Number(row?.turns),
      decisions: Number(row?.decisions),
      traces: Number(row?.traces),
      sessions: Number(row?.sessions),
    }
  }
  /** As its route reads it; keys do not live as long as these tests go on. */
  const status = async ({ scope }: ApiWorkspace) =>
    retentionStatusSchema.parse(
      await api.installation.database.withWorkspace(scope, (tx) =>
        readRetentionStatus(tx, new Date(api.clock.nowMs())),
      ),
    )
  const shortRules = { body: { rules: { tool_payloads: 5, transcripts: 10 } } }
  const classOf = async (workspace: ApiWorkspace, name: string) =>
    (await status(workspace)).classes.find((one) => one.class === name)

  test('begins with the standard rules, takes presets and single classes, and is audited with before and after', async () => {
    const workspace = await api.makeWorkspace()
    const first = retentionSchema.parse((await workspace.call('GET', '/v1/retention')).body)
    expect(first).toEqual({ preset: 'standard', rules: retentionPresets.standard, updated_at: null })
    const second = await workspace.call('PUT', '/v1/retention', { body: { preset: 'minimal' } })
    expect(retentionSchema.parse(second.body)).toMatchObject({ preset: 'minimal', rules: retentionPresets.minimal })
    const third = await workspace.call('PUT', '/v1/retention', { body: { rules: { traces: 3 } } })
    expect(retentionSchema.parse(third.body)).toMatchObject({
      preset: null,
      rules: { ...retentionPresets.minimal, traces: 3 },
    })
    const [event] = await auditedActions(api, workspace.id, 'retention.changed')
    expect([event?.before?.['traces'], event?.after?.['traces']]).toEqual([7, 3])
  })

  test.each([
    [{ rules: { transcripts: 500 } }, '/rules/transcripts'],
    [{ rules: { tool_payloads: 91 } }, '/rules/tool_payloads'],
    [{ rules: { transcripts: 0 } }, '/rules/transcripts'],
    [{ rules: { audit: 30 } }, '/rules/audit'],
    [{ rules: { sessions: 'never' } }, '/rules/sessions'],
    [{ rules: { transcripts: 'never' } }, '/rules/tool_payloads'],
    [{ rules: { traces: 'always' } }, '/rules/traces'],
    [{ rules: { nothing: 3 } }, '/rules/nothing'],
    [{ preset: 'forever' }, '/preset'],
  ])('refuses %j with its place', async (body, pointer) => {
    const workspace = await api.makeWorkspace()
    const answer = await workspace.call('PUT', '/v1/retention', { body })
    expect([answer.status, answer.code(), answer.pointers()]).toEqual([422, 'request.invalid', [pointer]])
  })

  test('each class leaves at its time: words of tools, transcripts, decisions, traces, and last the session', async () => {
    const workspace = await api.makeWorkspace()
    await workspace.call('PUT', '/v1/retention', {
      body: { rules: { tool_payloads: 5, recordings: 5, transcripts: 10, traces: 15, decisions: 20, sessions: 25 } },
    })
    const session = await talked(workspace)
    const before = await rowsOf(session)
    expect(Math.min(before.turns, before.decisions, before.traces)).toBeGreaterThan(0)
    await purge(workspace)
    expect(await rowsOf(session)).toEqual(before)
    pass(11)
    await purge(workspace)
    expect(await rowsOf(session)).toEqual({ ...before, turns: 0 })
    pass(5)
    await purge(workspace)
    expect(await rowsOf(session)).toEqual({ ...before, turns: 0, traces: 0 })
    pass(5)
    expect(await purge(workspace)).toMatchObject({ decisions: before.decisions })
    expect(await rowsOf(session)).toEqual({ turns: 0, decisions: 0, traces: 0, sessions: 1 })
    pass(5)
    await purge(workspace)
    expect(await rowsOf(session)).toEqual({ turns: 0, decisions: 0, traces: 0, sessions: 0 })
    const told = await api.ask<{ type: string }>(
      "select type from tenant.outbox where workspace_id = $1 and type = 'retention.purged'",
      [workspace.id],
    )
    expect(told.length).toBeGreaterThanOrEqual(4)
  })

  test('an agent keeps less than its workspace, never more', async () => {
    const workspace = await api.makeWorkspace()
    await workspace.call('PUT', '/v1/retention', { body: { rules: { tool_payloads: 5, transcripts: 30 } } })
    const own = await publishedAgent(workspace, { ...scriptedDocument(), retention: { transcripts: 6 } })
    const longer = await publishedAgent(workspace, { ...scriptedDocument(), retention: { transcripts: 400 } })
    const sessions = [await talked(workspace, { agent: own }), await talked(workspace, { agent: longer })]
    pass(8)
    await purge(workspace)
    expect((await Promise.all(sessions.map(rowsOf))).map(({ turns }) => turns > 0)).toEqual([false, true])
    pass(23)
    await purge(workspace)
    expect((await Promise.all(sessions.map(rowsOf))).map(({ turns }) => turns > 0)).toEqual([false, false])
  })

  test('what is never kept leaves with the next run, in a workspace or of one agent, and never means less than a day', async () => {
    const workspace = await api.makeWorkspace()
    const never = { rules: { tool_payloads: 'never', traces: 'never' } }
    const answer = await workspace.call('PUT', '/v1/retention', { body: never })
    expect(retentionSchema.parse(answer.body).rules).toMatchObject({ ...never.rules, transcripts: 90 })
    const own = await publishedAgent(workspace, { ...scriptedDocument(), retention: { transcripts: 'never' } })
    const sessions = [await talked(workspace, { agent: own }), await talked(workspace)]
    pass(0.05)
    await purge(workspace)
    const [ofOwn, ofOther] = await Promise.all(sessions.map(rowsOf))
    expect([ofOwn?.turns, ofOwn?.traces, ofOther?.traces]).toEqual([0, 0, 0])
    expect(ofOther?.turns).toBeGreaterThan(0)
    expect(await classOf(workspace, 'traces')).toMatchObject({ days: 'never', overdue: 0 })
  })

  test('a live talk is never cut, however old', async () => {
    const workspace = await api.makeWorkspace()
    const live = await talked(workspace, { end: false })
    const before = await rowsOf(live)
    pass(500)
    await purge(workspace)
    expect(await rowsOf(live)).toEqual(before)
    expect(await classOf(workspace, 'transcripts')).toMatchObject({ overdue: 0, held: 0 })
  })

  test('a hold keeps a person, an agent or all of it until it is released, or its time is over', async () => {
    const workspace = await api.makeWorkspace()
    await workspace.call('PUT', '/v1/retention', shortRules)
    const agent = await publishedAgent(workspace)
    const [ann, bob] = [
      await talked(workspace, { agent, user: 'ann' }),
      await talked(workspace, { agent, user: 'bob' }),
    ]
    const users = await api.ask<{ id: string; user: string }>(
      'select s.id, s.user_id as user from tenant.sessions s where s.id = any($1)',
      [[ann.uuid]],
    )
    const listed = await workspace.call('GET', '/v1/users?external_id=ann')
    const { data } = z.object({ data: z.array(madeSchema) }).parse(listed.body)
    expect(users).toHaveLength(1)
    const hold = async (body: object): Promise<string> => {
      const answer = await workspace.call('POST', '/v1/legal-holds', { body: { reason: 'a court asked', ...body } })
      expect([answer.status, answer.text]).toEqual([201, expect.stringContaining('hld_')])
      return madeSchema.parse(answer.body).id
    }
    const ofAnn = await hold({ user_id: data[0]?.id })
    pass(13)
    await purge(workspace)
    expect([(await rowsOf(ann)).turns > 0, (await rowsOf(bob)).turns]).toEqual([true, 0])
    expect(await classOf(workspace, 'transcripts')).toMatchObject({ overdue: 0, held: (await rowsOf(ann)).turns })
    const ofAgent = await hold({ agent_id: agent.id })
    expect((await workspace.call('POST', `/v1/legal-holds/${ofAnn}/release`)).status).toBe(200)
    await purge(workspace)
    expect((await rowsOf(ann)).turns).toBeGreaterThan(0)
    const ofAll = await hold({ until: new Date(api.clock.nowMs() + 5 * dayMs).toISOString() })
    expect((await workspace.call('POST', `/v1/legal-holds/${ofAgent}/release`)).status).toBe(200)
    await purge(workspace)
    expect((await rowsOf(ann)).turns).toBeGreaterThan(0)
    pass(6)
    await purge(workspace)
    expect((await rowsOf(ann)).turns).toBe(0)
    const twice = await workspace.call('POST', `/v1/legal-holds/${ofAnn}/release`)
    expect([twice.status, twice.code()]).toEqual([409, 'retention.hold_released'])
    expect((await workspace.call('POST', `/v1/legal-holds/${ofAll}/release`)).status).toBe(200)
    expect(await auditedActions(api, workspace.id, 'legal_hold.created')).toHaveLength(3)
  })

  test('a hold on two things, on nobody or in the past is refused', async () => {
    const workspace = await api.makeWorkspace()
    const agent = await publishedAgent(workspace)
    const ask = async (body: object) => workspace.call('POST', '/v1/legal-holds', { body: { reason: 'x', ...body } })
    expect((await ask({ agent_id: agent.id, user_id: 'usr_01jd3v7r4xe2k7j1w8v3b4a5m6' })).pointers()).toEqual([
      '/agent_id',
    ])
    expect((await ask({ user_id: 'usr_01jd3v7r4xe2k7j1w8v3b4a5m6' })).code()).toBe('request.not_found')
    expect((await ask({ until: '2020-01-01T00:00:00Z' })).pointers()).toEqual(['/until'])
    expect((await workspace.call('POST', '/v1/legal-holds', { body: {} })).pointers()).toEqual(['/reason'])
  })

  test('a hold that is made while a batch runs waits for it, and the next batch removes nothing', async () => {
    const workspace = await api.makeWorkspace()
    await workspace.call('PUT', '/v1/retention', shortRules)
    for (let session = 0; session < 25; session += 1) await talked(workspace, { user: `person ${session}` })
    pass(13)
    let batches = 0
    const { workerWithWorkspace } = api.installation.database
    let held: Promise<unknown> | undefined
    await purge(workspace, (scope, work) =>
      workerWithWorkspace(scope, async (tx) => {
        const done = await work(tx)
        batches += 1
        // In the second transaction a batch has its lock: whoever makes a hold now waits for the commit.
        if (batches === 3) held = workspace.call('POST', '/v1/legal-holds', { body: { reason: 'now' } })
        return done
      }).then(async (done) => {
        await held
        return done
      }),
    )
    const left = await api.ask<{ n: string }>('select count(*) as n from tenant.turns where workspace_id = $1', [
      workspace.id,
    ])
    expect(Number(left[0]?.n)).toBeGreaterThan(0)
  })

  test('a run that was killed between any two transactions is completed by the next one', async () => {
    const workspace = await api.makeWorkspace()
    const session = await talked(workspace)
    pass(1_000)
    const { workerWithWorkspace } = api.installation.database
    for (let allowed = 0; allowed < 40; allowed += 1) {
      let begun = 0
      const died = await purge(workspace, (scope, work) => {
        begun += 1
        return begun > allowed ? Promise.reject(new Error('killed')) : workerWithWorkspace(scope, work)
      }).then(
        () => false,
        () => true,
      )
      if (!died) break
      expect(allowed).toBeLessThan(39)
    }
    expect(await rowsOf(session)).toEqual({ turns: 0, decisions: 0, traces: 0, sessions: 0 })
    const { last_run: last } = await status(workspace)
    expect([last?.error, last?.finished_at === null]).toEqual([null, false])
  })

  test('the status says what is overdue from the rows themselves, and a failed run says why', async () => {
    const workspace = await api.makeWorkspace()
    const session = await talked(workspace)
    pass(200)
    expect(await classOf(workspace, 'transcripts')).toMatchObject({ days: 90, overdue: (await rowsOf(session)).turns })
    await expect(
      purge(workspace, async (scope, work) => {
        const done = await api.installation.database.workerWithWorkspace(scope, work)
        if (typeof done === 'object' && done !== null && 'days' in done) throw new Error('the disk is gone')
        return done
      }),
    ).rejects.toThrow('the disk is gone')
    expect((await status(workspace)).last_run).toMatchObject({ error: 'the disk is gone', finished_at: null })
    await purge(workspace)
    expect(await classOf(workspace, 'transcripts')).toMatchObject({ overdue: 0, oldest: null })
  })

  test('a month is dropped whole when nobody keeps anything of it, and not while anybody holds something', async () => {
    const name = 'turns_2020_01'
    await api.ask(`create table tenant.${name} (like tenant.turns including defaults including constraints)`)
    await api.ask(
      `alter table tenant.turns attach partition tenant.${name} for values from (app.uuid_floor('2020-01-01Z')) to (app.uuid_floor('2020-02-01Z'))`,
    )
    await api.ask(`alter table tenant.${name} owner to hyponema_owner`)
    await api.ask("update tenant.legal_holds set released_at = now(), released_by = 'test' where released_at is null")
    const { database } = api.installation
    const drop = () => dropOldPartitions({ database, clock: api.clock, newId })
    const held = await api.b.call('POST', '/v1/legal-holds', { body: { reason: 'all of it' } })
    expect(await drop()).not.toContain(name)
    await api.b.call('POST', `/v1/legal-holds/${madeSchema.parse(held.body).id}/release`)
    expect(await drop()).toContain(name)
    const [event] = await api.ask<{ canonical: Buffer }>(
      "select canonical from tenant.audit_events where action = 'retention.partition_dropped'",
    )
    expect(event?.canonical.toString()).toContain(name)
  })
})
