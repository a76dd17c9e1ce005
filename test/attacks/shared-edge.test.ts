/**
 * Two servers of one installation, each with pools and buckets of its own, on one database: what one of them gave, the
 * other knows a second later (data-boundary 5; the bound is proved in guards/shared-budgets.test.ts).
 */
import { once } from 'node:events'
import { encodeId } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { type Listening, listen } from '../../packages/server/src/commands/listen.ts'
import { sha256 } from '../../packages/server/src/platform/crypto/sha256.ts'
import { mergeLimitDebts } from '../../packages/server/src/platform/postgres/merge-limit-debts.ts'
import { scriptedDocument } from '../api/agent-documents.ts'
import { type Api, type ApiWorkspace, askAs, newId, openApi } from '../api/api-harness.ts'
import type { Answer } from '../api/call-api.ts'
import { type MadeAgent, publishedAgent } from '../api/made-things.ts'
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

const usual = { session_creations_per_minute: 1_200 }
const create = (on: { call: ApiWorkspace['call'] }, user = 'somebody', body: object = {}): Promise<Answer> =>
  on.call('POST', '/v1/sessions', { body: { agent_id: agent.id, user_id: user, ...body } })
const statuses = (answers: readonly Answer[]) => ({
  made: answers.filter(({ status }) => status === 201).length,
  refused: answers.filter(({ status }) => status === 429).length,
})

describe('the table of budgets', () => {
  const app = () => api.installation.database.logins.app
  const other = () => second.installation.database.logins.app
  const owed = async (from: ReturnType<typeof app>, name: string, amount: number, perSecond: number) =>
    (await mergeLimitDebts(from, [{ key: sha256(name), amount, perSecond }])).get(sha256(name).toString('hex')) ?? -1

  test('adds what each process took, and what flows back is taken off as time passes', async () => {
    expect(await owed(app(), 'steady', 10, 0.01)).toBeCloseTo(10, 1)
    expect(await owed(other(), 'steady', 5, 0.01)).toBeCloseTo(15, 1)
    expect(await owed(app(), 'steady', 0, 0.01)).toBeCloseTo(15, 1)
    expect(await owed(app(), 'quick', 10, 1_000)).toBeCloseTo(10, 3)
    // Ten milliseconds later the budget is whole: what is added then is all that is owed.
    await vi.waitFor(async () => expect(await owed(app(), 'quick', 0, 1_000)).toBe(0), { timeout: 10_000 })
    expect(await owed(other(), 'quick', 3, 1_000)).toBeCloseTo(3, 3)
  })

  test('loses nothing when both processes add to the same many keys at once', async () => {
    const names = Array.from({ length: 300 }, (_, index) => `busy ${index}`)
    const merge = (from: ReturnType<typeof app>, order: readonly string[]) =>
      mergeLimitDebts(
        from,
        order.map((name) => ({ key: sha256(name), amount: 1, perSecond: 0.01 })),
      )
    const backwards = names.toReversed()
    await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        merge(index % 2 === 0 ? app() : other(), index % 2 === 0 ? names : backwards),
      ),
    )
    const debts = await mergeLimitDebts(
      app(),
      names.map((name) => ({ key: sha256(name), amount: 0, perSecond: 0.01 })),
    )
    for (const debt of debts.values()) expect(debt).toBeCloseTo(10, 0)
    expect(debts.size).toBe(300)
  })

  test('keeps no row of a budget that is whole again', async () => {
    await owed(app(), 'gone soon', 1, 1_000)
    await vi.waitFor(
      async () => {
        await owed(app(), 'another', 1, 1_000)
        const rows = await api.ask('select 1 from app.limit_debts where key = $1', [sha256('gone soon')])
        expect(rows).toEqual([])
      },
      { timeout: 10_000 },
    )
  })

  test.each<[string, readonly Buffer[], readonly number[], readonly number[]]>([
    ['a key that is no hash', [Buffer.from('x')], [1], [1]],
    ['a negative amount', [sha256('x')], [-1], [1]],
    ['an amount that is none', [sha256('x')], [Number.NaN], [1]],
    ['an amount beyond all', [sha256('x')], [1e9], [1]],
    ['a rate of nothing', [sha256('x')], [1], [0]],
    ['lists of different lengths', [sha256('x')], [1, 1], [1]],
    [
      'more keys than it takes',
      Array.from({ length: 2_001 }, (_, index) => sha256(`${index}`)),
      Array(2_001).fill(1),
      Array(2_001).fill(1),
    ],
  ])('refuses %s', async (_name, keys, amounts, rates) => {
    const call = askAs(app(), 'select * from app.limits_merge($1::bytea[], $2::float8[], $3::float8[])', [
      keys,
      amounts,
      rates,
    ])
    await expect(call).rejects.toMatchObject({ code: '22023' })
  })

  test('can be read and written by no login, and is called by the one that serves', async () => {
    const { logins } = api.installation.database
    for (const login of [logins.app, logins.worker, logins.auth, logins.sealer]) {
      for (const sql of [
        'select 1 from app.limit_debts',
        'delete from app.limit_debts',
        "insert into app.limit_debts values ('', now())",
      ])
        await expect(askAs(login, sql)).rejects.toMatchObject({ code: '42501' })
    }
    for (const login of [logins.worker, logins.auth, logins.sealer]) {
      await expect(askAs(login, "select * from app.limits_merge('{}', '{}', '{}')")).rejects.toMatchObject({
        code: '42501',
      })
    }
  })
})

describe('a budget of two servers', () => {
  test('that one has emptied is empty on the other, which gives its burst once at most', async () => {
    await setLimits(api, api.a, { session_creations_per_minute: 6 })
    const release = api.holdClock()
    try {
      expect(statuses(await Promise.all(Array.from({ length: 9 }, () => create(api.a))))).toEqual({
        made: 6,
        refused: 3,
      })
      await api.budgets.merge()
      // It has taken one and asked; now it knows of the other six.
      expect((await create(second)).status).toBe(201)
      await second.budgets.merge()
      const refused = await create(second)
      expect([refused.status, refused.code()]).toEqual([429, 'request.rate_limited'])
      expect(refused.headers.get('ratelimit-policy')).toBe('"sessions";q=6;w=60')
      expect(refused.headers.get('ratelimit')).toMatch(/^"sessions";r=0;t=(19|20)$/)
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(19)
      // What it took too much is owed, and not forgiven: a whole token takes ten seconds, and one more is missing.
      api.pass(9_000)
      expect((await create(second)).status).toBe(429)
    } finally {
      release()
      await setLimits(api, api.a, usual)
    }
  })

  test('of another workspace is another one', async () => {
    const theirs = await publishedAgent(api.b)
    const made = await api.b.call('POST', '/v1/sessions', { body: { agent_id: theirs.id, user_id: 'u' } })
    expect(made.status).toBe(201)
  })

  test('is shared each second once the servers run', async () => {
    await api.ask('delete from app.limit_debts')
    await setLimits(api, api.a, { session_creations_per_minute: 9 })
    const release = api.holdClock()
    api.budgets.start()
    second.budgets.start()
    try {
      expect(statuses(await Promise.all(Array.from({ length: 9 }, () => create(api.a))))).toEqual({
        made: 9,
        refused: 0,
      })
      const told = async () =>
        expect(
          await api.ask("select 1 from app.limit_debts where drained_at > now() + interval '50 seconds'"),
        ).toHaveLength(1)
      await vi.waitFor(told, { timeout: 20_000, interval: 200 })
      expect((await create(second)).status).toBe(201)
      // Alone it would give eight more.
      let made = 0
      const refuses = async () => {
        const { status } = await create(second)
        if (status === 201) made += 1
        expect(status).toBe(429)
      }
      await vi.waitFor(refuses, { timeout: 20_000, interval: 1_500 })
      expect(made).toBeLessThan(8)
    } finally {
      release()
      await Promise.all([api.budgets.stop(), second.budgets.stop()])
      await setLimits(api, api.a, usual)
    }
  })

  test('of voice sockets is one, too', async () => {
    const servers = await Promise.all([listenOn(api), listenOn(second)])
    const release = api.holdClock()
    const [one, other] = servers
    try {
      const codes = await Promise.all(Array.from({ length: 40 }, () => closeCode(one.port)))
      expect(new Set(codes)).toEqual(new Set([4001]))
      await api.budgets.merge()
      expect(await closeCode(other.port)).toBe(4001)
      await second.budgets.merge()
      expect(await closeCode(other.port)).toBe(4429)
    } finally {
      release()
      await Promise.all(servers.map((server) => server.close()))
    }
  })

  test('stays with each of them while the database is away, and the log says so', async () => {
    const alone = await openSecondServer(api)
    await alone.installation.database.close()
    const release = api.holdClock()
    try {
      const headers = { 'x-forwarded-for': '192.0.2.78' }
      const ask = () => alone.call('GET', '/nothing', { credential: undefined, headers })
      const answers = await Promise.all(Array.from({ length: 2_010 }, ask))
      expect(answers.filter(({ status }) => status === 429)).toHaveLength(10)
      await alone.budgets.merge()
      await alone.budgets.merge()
      expect((await ask()).status).toBe(429)
      expect(alone.logged.filter((line) => line.includes('budgets could not be shared'))).toHaveLength(1)
    } finally {
      release()
    }
  })

  const listenOn = (server: Api | SecondServer): Promise<Listening> =>
    listen({ fetch: server.app.fetch, host: '127.0.0.1', port: 0, onUpgrade: server.voice.handle })
  const closeCode = async (port: number): Promise<number> => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/sessions/${encodeId('session', newId())}/voice`)
    const [code] = await once(socket, 'close')
    return Number(code)
  }
})
