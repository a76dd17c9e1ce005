/** Rules above all workspaces: they hold every new session, and reach those that live within a second. */
import { pageSchema, policyDocumentSchema, policySchema, storedDecisionSchema } from '@hyponema/contract'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { updateFloors } from '../../packages/server/src/features/policies/public.ts'
import { auditedTransaction } from '../../packages/server/src/guards/audited-transaction.ts'
import { installationScope } from '../../packages/server/src/platform/postgres/installation-scope.ts'
import { listenSignals, type SignalListener } from '../../packages/server/src/platform/postgres/listen-signals.ts'
import { scriptedDocument, zone } from './agent-documents.ts'
import { type Api, newId, openApi } from './api-harness.ts'
import { auditedActions } from './audited-actions.ts'
import { joinRequest } from './join-request.ts'
import { createdSession, publishedAgent } from './made-things.ts'
import { say, send } from './talk.ts'

const divorce = {
  name: 'divorce',
  examples: [
    'How is your divorce from your husband going?',
    'Have you heard from your husband since the divorce?',
    'I do not want to talk about the divorce from my husband.',
    'Is the divorce from your wife through by now?',
    'Your husband left you and wants the divorce.',
    'My wife has asked for a divorce last week.',
    'How do you feel since the divorce from your husband?',
    'The divorce lawyer of my husband has called again.',
    'Let us talk about your wife and the divorce.',
    'Since my divorce I do not speak to my husband.',
  ],
  line: 'We leave that alone.',
}

describe('floors', () => {
  let api: Api
  let listener: SignalListener
  /** What the host has made of the last signal. */
  let followed: PromiseWithResolvers<void>
  beforeAll(async () => {
    api = await openApi()
    const { database, logins } = api.installation
    followed = Promise.withResolvers()
    listener = await listenSignals({
      address: database.address,
      login: logins.app,
      onGap: () => undefined,
      onSignal: (wake) => {
        api.host.onSignal(wake).then(followed.resolve, followed.reject)
      },
    })
  })
  afterEach(() => set(undefined))
  afterAll(async () => {
    await listener.close()
    await api.close()
  })

  /** Sets them as the command does, and waits until the host has followed. Returns how long that took. */
  const set = async (document: object | undefined): Promise<number> => {
    followed = Promise.withResolvers()
    const scope = installationScope()
    const act = {
      database: api.installation.database,
      clock: api.clock,
      newId,
      scope,
      principal: { kind: 'system', scope, name: 'hyponema floors set' } as const,
    }
    const startedMs = performance.now()
    await auditedTransaction(act, (tx) =>
      updateFloors(tx, document === undefined ? undefined : policyDocumentSchema.parse(document)),
    )
    await followed.promise
    return performance.now() - startedMs
  }
  const floor = { no_go_zones: [zone({ label: 'floor' })] }

  test('reach a text session and a voice session that live: their next words are withheld', async () => {
    const agent = await publishedAgent(api.a, scriptedDocument({ voice: {} }))
    const text = await createdSession(api.a, agent, { user_id: newId() })
    expect((await say(api, text, 'say The forbidden dose.')).text).toBe('The forbidden dose.')
    const spoken = await createdSession(api.a, agent, { user_id: newId(), modality: 'voice' })
    const live = await api.host.join(await joinRequest(api, spoken, 'connect'))
    const tookMs = await set(floor)
    expect(tookMs).toBeLessThan(1000)
    expect((await say(api, text, 'say The forbidden dose.')).text).toBe('The Please ask a doctor.')
    const queue = live.answer({ kind: 'message', text: 'say The forbidden dose.' }, 'request')
    let heard = ''
    for (let event = await queue.next(); event !== undefined; event = await queue.next())
      if (event.event === 'token') heard += event.data.text
    expect(heard).toBe('The Please ask a doctor.')
    const page = await api.a.call('GET', `/v1/sessions/${text.id}/decisions`)
    const [decision] = pageSchema(storedDecisionSchema).parse(page.body).data
    expect(decision).toMatchObject({ rule_ids: ['installation/dosage'], floor: true })
    const [kept] = await api.ask<{ layers: readonly { layer: string }[] }>(
      `select layers from tenant.policy_texts where encode(sha256, 'hex') = $1`,
      [decision?.policy_sha256],
    )
    expect(kept?.layers.map(({ layer }) => layer)).toEqual(['installation', 'agent'])
    await set(undefined)
    expect((await say(api, text, 'say The forbidden dose.')).text).toBe('The forbidden dose.')
    await live.end('ended_by_backend')
  })

  test('hold sessions of every workspace that were created before, and those that come', async () => {
    const made = await Promise.all(
      [api.a, api.b].map(async (workspace) => createdSession(workspace, await publishedAgent(workspace))),
    )
    await say(api, made[0] ?? { id: '', token: '' }, 'hi')
    await set(floor)
    for (const session of made)
      expect((await say(api, session, 'say a forbidden dose')).text).toBe('a Please ask a doctor.')
    const next = await createdSession(api.b, await publishedAgent(api.b), { user_id: newId() })
    expect((await say(api, next, 'say a forbidden dose')).text).toBe('a Please ask a doctor.')
  })

  test('a floor of a workspace policy reaches its live sessions, and a rule that is none does not', async () => {
    const agent = await publishedAgent(api.a)
    const session = await createdSession(api.a, agent, { user_id: newId() })
    await say(api, session, 'hi')
    const zones = [zone({ floor: true }), zone({ name: 'mild', phrases: ['mild dose'] })]
    const body = { name: 'floored', document: { no_go_zones: zones }, agents: [agent.id] }
    const { id } = policySchema.parse((await api.a.call('POST', '/v1/policies', { body })).body)
    followed = Promise.withResolvers()
    expect((await api.a.call('POST', `/v1/policies/${id}/publish`, { body: {} })).status).toBe(201)
    await followed.promise
    const heard = await say(api, session, 'say a forbidden dose and a mild dose')
    expect(heard.text).toBe('a Please ask a doctor. and a mild dose')
    followed = Promise.withResolvers()
    await api.a.call('POST', `/v1/policies/${id}/rollback`, { body: { version: null } })
    await followed.promise
    expect((await say(api, session, 'say a forbidden dose')).text).toBe('a forbidden dose')
  })

  test('bring what a session must say of itself: the next turn of one that lives begins with it, once', async () => {
    const opening = 'You are talking to an AI.'
    const session = await createdSession(api.a, await publishedAgent(api.a), { user_id: newId() })
    await say(api, session, 'hi')
    await set({ disclosure: { opening, line: 'I am an AI.' } })
    expect((await say(api, session, 'say Good day.')).text).toBe(`${opening} Good day.`)
    expect((await say(api, session, 'say And more.')).text).toBe('And more.')
    expect((await say(api, session, 'are you human?')).text).toBe('I am an AI.')
    await set(undefined)
    await set({ disclosure: { opening, line: 'I am an AI.' } })
    expect((await say(api, session, 'say What was heard is not said again.')).text).not.toContain(opening)
  })

  test('bring the disclosure of a workspace policy, which is a floor by itself, and take it away', async () => {
    const agent = await publishedAgent(api.a)
    const session = await createdSession(api.a, agent, { user_id: newId() })
    await say(api, session, 'hi')
    const body = { name: 'disclosed', document: { disclosure: { line: 'I am an AI.' } }, agents: [agent.id] }
    const { id } = policySchema.parse((await api.a.call('POST', '/v1/policies', { body })).body)
    followed = Promise.withResolvers()
    await api.a.call('POST', `/v1/policies/${id}/publish`, { body: {} })
    await followed.promise
    expect((await say(api, session, 'say I am a real person.')).text).toContain('I am an AI.')
    followed = Promise.withResolvers()
    await api.a.call('POST', `/v1/policies/${id}/rollback`, { body: { version: null } })
    await followed.promise
    expect((await say(api, session, 'say I am a real person.')).text).toBe('I am a real person.')
  })

  test('bring a topic that is known by examples: it rests when the user of a live session asks', async () => {
    const session = await createdSession(api.a, await publishedAgent(api.a), { user_id: newId() })
    await say(api, session, 'hi')
    await set({ topic_cooldowns: [divorce] })
    const raised = 'say How are you doing since your divorce from your husband?'
    expect((await say(api, session, raised)).text).toBe('How are you doing since your divorce from your husband?')
    const asks = 'say I do not want to talk about the divorce from my husband any more.'
    expect((await say(api, session, asks)).text).toBe('We leave that alone.')
    const page = await api.a.call('GET', `/v1/sessions/${session.id}/decisions`)
    const asked = pageSchema(storedDecisionSchema)
      .parse(page.body)
      .data.find(({ stage }) => stage === 'input')
    expect(asked).toMatchObject({ action: 'annotate', rule_ids: ['installation/topic.divorce'] })
    const resting = await api.ask<{ topic: string }>(
      'select topic from tenant.topic_cooldowns where user_id = (select user_id from tenant.sessions where id = $1)',
      [session.uuid],
    )
    expect(resting).toEqual([{ topic: 'installation/topic.divorce' }])
  })

  test('a signal that nobody heard takes effect with the next renewal', async () => {
    const session = await createdSession(api.a, await publishedAgent(api.a), { user_id: newId() })
    await say(api, session, 'hi')
    await api.ask(
      'insert into app.floors (version, document) select coalesce(max(version), 0) + 1, $1::jsonb from app.floors',
      [JSON.stringify(floor)],
    )
    await api.host.renewLeases()
    expect((await say(api, session, 'say a forbidden dose')).text).toBe('a Please ask a doctor.')
  })

  test('a floor that goes by the clock of a place which the session never named leaves the times of the session as they are', async () => {
    const session = await createdSession(api.a, await publishedAgent(api.a), { user_id: newId(), ttl_seconds: 3600 })
    await say(api, session, 'hi')
    const running = { wind_down_after_minutes: 0, line: 'It is late.' }
    // Open now, wherever now is, and shut an hour later.
    const hour = (from: number): string => `${String((from + 24) % 24).padStart(2, '0')}:00`
    const now = (new Date(api.clock.nowMs()).getUTCHours() + 9) % 24
    const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
    const hours = [{ days, from: hour(now - 2), to: hour(now + 1) }]
    await set({ sleep_windows: [{ name: 'tokyo', hours, time_zone: 'Asia/Tokyo', running }] })
    expect((await say(api, session, 'say Still here.')).text).toBe('Still here.')
    api.pass(3_599_000)
    await api.host.renewLeases()
    const heard = await say(api, session, 'say Still here.')
    expect(heard.text).toContain('It is late.')
    const page = await api.a.call('GET', `/v1/sessions/${session.id}/decisions`)
    const decided = pageSchema(storedDecisionSchema).parse(page.body).data
    expect(decided).toMatchObject([{ stage: 'tick', action: 'end', rule_ids: ['installation/window.tokyo'] }])
    api.pass(-3_599_000)
  })

  test('win over a line that a live session has: ours is said in its place, and that is recorded and logged', async () => {
    const own = { no_go_zones: [zone({ line: 'Ask about the potion.' })] }
    const agent = await publishedAgent(api.a, { ...scriptedDocument(), policy: own })
    const session = await createdSession(api.a, agent, { user_id: newId() })
    expect((await say(api, session, 'say a forbidden dose')).text).toBe('a Ask about the potion.')
    const potions = { no_go_zones: [zone({ name: 'potions', phrases: ['potion'], line: 'No.' })] }
    expect(await set(potions)).toBeLessThan(1000)
    expect((await say(api, session, 'say a potion')).text).toBe('a No.')
    expect((await say(api, session, 'say a forbidden dose')).text).toBe('a Let us talk about something else.')
    const begun = await createdSession(api.a, agent, { user_id: newId() })
    expect((await say(api, begun, 'say a potion')).text).toBe('a No.')
    for (const { id } of [session, begun]) {
      const page = await api.a.call('GET', `/v1/sessions/${id}/decisions`)
      expect(page.text).toContain('lines_gave_way_to_floors')
    }
    const logged = api.logged.filter((line) => line.includes('gave way to floors'))
    expect(logged.length).toBeGreaterThan(1)
    expect(logged.join(' ')).not.toContain('Ask about')
    const late = await api.a.call('POST', `/v1/agents/${agent.id}/publish`, { body: {} })
    expect([late.status, late.code(), late.pointers()]).toEqual([
      422,
      'policy.does_not_compile',
      ['/policy/no_go_zones/0/line'],
    ])
  })

  test('win over a lower zone that forbids what they say: the session is told that it talks to an AI', async () => {
    const own = { no_go_zones: [zone({ phrases: ['ai', 'an ai'], line: 'No.' })] }
    const agent = await publishedAgent(api.a, { ...scriptedDocument(), policy: own })
    const session = await createdSession(api.a, agent, { user_id: newId() })
    await say(api, session, 'hi')
    await set({ disclosure: { opening: 'You are talking to an AI.', line: 'I am an AI.' } })
    expect((await say(api, session, 'say Good day.')).text).toBe('You are talking to an AI. Good day.')
    expect((await say(api, session, 'are you human?')).text).toBe('I am an AI.')
  })

  test('have room beside an agent that has all the phrases, regexes and examples that a policy may have', async () => {
    const phrases = (of: number) =>
      Array.from(
        { length: 1000 },
        (_, index) =>
          `w${'abcde'[of]}${index.toString(36).replaceAll(/\d/g, (digit) => 'ghijklmnop'[Number(digit)] ?? '')}`,
      )
    const own = {
      no_go_zones: [
        ...[0, 1, 2, 3, 4].map((of) => zone({ name: `full-${of}`, phrases: phrases(of) })),
        ...[0, 1].map((of) => ({
          ...zone({ name: `regexes-${of}`, phrases: [] }),
          regexes: Array.from({ length: 100 }, (_, index) => `\\bw${of}x${index}\\b`),
        })),
        ...Array.from({ length: 20 }, (_, of) => ({
          ...zone({ name: `sounds-${of}`, phrases: [] }),
          examples: divorce.examples,
        })),
      ],
    }
    const agent = await publishedAgent(api.a, { ...scriptedDocument(), policy: own })
    const session = await createdSession(api.a, agent, { user_id: newId() })
    await say(api, session, 'hi')
    await set({ no_go_zones: [{ ...zone(), regexes: ['\\bcure\\b'], examples: divorce.examples }] })
    expect((await say(api, session, 'say a forbidden dose')).text).toBe('a Please ask a doctor.')
  })

  test('end a live session that cannot be held to them, and it does not begin again without them', async () => {
    const word = (of: string, index: number): string =>
      `w${of}${String(index).replaceAll(/\d/g, (digit) => 'ghijklmnop'[Number(digit)] ?? '')}`
    const full = (of: string, change: object = {}) =>
      Array.from({ length: 3 }, (_, part) => ({
        ...zone({ name: `${of}-${part}` }),
        phrases: Array.from({ length: 1000 }, (__, index) => word(of, part * 1000 + index)),
        ...change,
      }))
    const agent = await publishedAgent(api.a, { ...scriptedDocument(), policy: { no_go_zones: full('a') } })
    const session = await createdSession(api.a, agent, { user_id: newId() })
    await say(api, session, 'hi')
    const joined = await api.host.join(await joinRequest(api, session, 'turn'))
    await api.a.call('PATCH', `/v1/agents/${agent.id}`, { body: { document: scriptedDocument() } })
    expect((await api.a.call('POST', `/v1/agents/${agent.id}/publish`, { body: {} })).status).toBe(201)
    const body = { name: 'large', document: { no_go_zones: full('b', { floor: true }) }, agents: [agent.id] }
    const { id } = policySchema.parse((await api.a.call('POST', '/v1/policies', { body })).body)
    followed = Promise.withResolvers()
    expect((await api.a.call('POST', `/v1/policies/${id}/publish`, { body: {} })).status).toBe(201)
    await followed.promise
    expect([joined.isEnded, joined.endReason]).toEqual([true, 'ended_by_policy'])
    expect(api.logged.some((line) => line.includes('it ends'))).toBe(true)
    expect((await send(api, session, `say ${word('b', 7)}`)).status).toBeGreaterThanOrEqual(400)
    await api.a.call('POST', `/v1/policies/${id}/rollback`, { body: { version: null } })
  })

  test('are audited in the log of the installation, and nothing writes them from a workspace', async () => {
    await set(floor)
    const [event] = await auditedActions(api, installationScope().workspaceId, 'floors.changed')
    expect(event).toMatchObject({ actor: { kind: 'system' }, after: { sha256: expect.any(String) } })
    const act = { database: api.installation.database, clock: api.clock, newId, scope: api.a.scope }
    const principal = { kind: 'system', scope: api.a.scope, name: 'somebody' } as const
    await expect(auditedTransaction({ ...act, principal }, (tx) => updateFloors(tx, undefined))).rejects.toMatchObject({
      code: 'server.internal',
    })
  })
})
