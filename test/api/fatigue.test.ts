/** Time alone makes the agent say something or end the session; and everything that it did is recorded. */
import { eventTypes, pageSchema, sessionSchema, storedDecisionSchema } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createContentKeys } from '../../packages/server/src/guards/content-keys.ts'
import { keyringKeyService } from '../../packages/server/src/platform/crypto/keyring-key-service.ts'
import type { SealedContent } from '../../packages/server/src/platform/crypto/sealed-content.ts'
import { scriptedDocument } from './agent-documents.ts'
import { type Api, newId, openApi } from './api-harness.ts'
import { createdSession, type MadeSession, publishedAgent } from './made-things.ts'
import { say } from './talk.ts'

const minuteMs = 60_000
const aiReminder = 'Just so you know: you are talking to an AI, not a person.'
const fatigue = {
  weights: { words_of_tiredness: 1, time_today: 0, sessions_today: 0, night_hour: 0 },
  wind_down_minutes: 3,
  thresholds: [
    { score: 0.5, response: 'suggest_break', line: 'Shall we rest?' },
    { score: 0.8, response: 'wind_down', line: 'Let us stop soon.' },
  ],
}

describe('time in a session', () => {
  let api: Api
  beforeAll(async () => {
    api = await openApi()
  })
  afterAll(() => api.close())

  const talkTo = async (policy: object, user: string = newId()): Promise<MadeSession> => {
    const agent = await publishedAgent(api.a, { ...scriptedDocument(), policy })
    return createdSession(api.a, agent, { user_id: user, ttl_seconds: 3600 })
  }
  /** The process was awake all the time: its leases were renewed. */
  const wait = async (minutes: number): Promise<void> => {
    api.pass(minutes * minuteMs)
    await api.host.renewLeases()
  }
  const decisionsOf = async (session: MadeSession) => {
    const { body } = await api.a.call('GET', `/v1/sessions/${session.id}/decisions`)
    return pageSchema(storedDecisionSchema).parse(body).data
  }
  const sessionOf = async (session: MadeSession) =>
    sessionSchema.parse((await api.a.call('GET', `/v1/sessions/${session.id}`)).body)
  const alertsOf = async (session: MadeSession): Promise<readonly unknown[]> => {
    const rows = await api.ask<{ id: typeof session.uuid; body: SealedContent; user_id: typeof session.uuid }>(
      "select id, body, user_id from tenant.outbox where type = 'fatigue.alert' and user_id = (select user_id from tenant.sessions where id = $1) order by id",
      [session.uuid],
    )
    const keys = createContentKeys({ epochKeys: keyringKeyService(api.installation.keyring, 'epoch'), newId })
    return api.installation.database.withWorkspace(api.a.scope, (tx) =>
      Promise.all(
        rows.map(async ({ id, body, user_id: userId }) => {
          const key = await keys.forUser(tx, userId)
          const text = key.open({ table: 'outbox', column: 'body', rowId: id }, body, 'delivery')
          return z.unknown().parse(JSON.parse(text))
        }),
      ),
    )
  }

  test('after three hours of talk in a day the agent says again that it is an AI, without any policy', async () => {
    const user = newId()
    for (let hour = 0; hour < 3; hour += 1) {
      const session = await talkTo({}, user)
      expect((await say(api, session, 'say One.')).text).toBe('One.')
      await wait(59)
      expect((await say(api, session, 'say Two.')).text).toBe('Two.')
      await api.a.call('POST', `/v1/sessions/${session.id}/end`)
    }
    const session = await talkTo({}, user)
    expect((await say(api, session, 'say One.')).text).toBe('One.')
    await wait(4)
    expect((await say(api, session, 'say Two.')).text).toBe(`${aiReminder} Two.`)
    expect((await say(api, session, 'say Three.')).text).toBe('Three.')
    expect(await decisionsOf(session)).toMatchObject([
      { stage: 'tick', action: 'annotate', rule_ids: ['builtin/ai_reminder'], floor: true },
    ])
  })

  test('where people under age may appear, after one hour', async () => {
    const user = newId()
    const policy = { fatigue: { thresholds: [{ score: 1, response: 'soften' }], minors: true } }
    const first = await talkTo(policy, user)
    await say(api, first, 'say One.')
    await wait(59)
    await say(api, first, 'say Two.')
    await api.a.call('POST', `/v1/sessions/${first.id}/end`)
    const second = await talkTo(policy, user)
    await say(api, second, 'say One.')
    await wait(2)
    expect((await say(api, second, 'say Two.')).text).toBe(`${aiReminder} Two.`)
  })

  test('words of tiredness suggest a break, then wind the session down, then end it', async () => {
    const session = await talkTo({ fatigue })
    expect((await say(api, session, 'say Hello.')).text).toBe('Hello.')
    expect((await say(api, session, "say I'm so tired")).text).toBe("Shall we rest? I'm so tired")
    expect((await say(api, session, 'say Go on.')).text).toBe('Go on.')
    expect((await say(api, session, "say I'm exhausted")).text).toBe("Let us stop soon. I'm exhausted")
    expect((await say(api, session, 'say Go on.')).text).toBe('Go on.')
    await wait(3)
    const last = await say(api, session, 'say Go on.')
    expect(last.text).toBe('I am ending our conversation here. Take care.')
    expect(last.last).toMatchObject({ event: 'turn_end', data: { session_status: 'completed' } })
    expect(await sessionOf(session)).toMatchObject({ status: 'completed', end_reason: 'ended_by_policy' })
    const decisions = await decisionsOf(session)
    expect(decisions.map(({ stage, action }) => [stage, action])).toEqual([
      ['tick', 'end'],
      ['tick', 'annotate'],
      ['tick', 'annotate'],
    ])
    expect(decisions[2]?.decision?.['facts']).toMatchObject({ tired_turns: 1, 'score:agent/fatigue': 0.6 })
    const alerts = await alertsOf(session)
    expect(alerts).toMatchObject([
      {
        data: { response: 'suggest_break', score: 0.6, signals: ['words_of_tiredness'], decision_id: decisions[2]?.id },
      },
      { data: { response: 'wind_down', score: 0.85, decision_id: decisions[1]?.id } },
    ])
    expect(eventTypes).toContain('fatigue.alert')
  })

  test('what the person says is judged before its time is up: an input rule is not passed over', async () => {
    const zone = {
      name: 'harm',
      phrases: ['hurt somebody'],
      stages: ['input'],
      action: 'block',
      line: 'Call for help.',
    }
    const session = await talkTo({
      fatigue: { ...fatigue, thresholds: [{ score: 0.5, response: 'end' }] },
      no_go_zones: [zone],
    })
    expect((await say(api, session, "I'm tired and want to hurt somebody")).text).toBe('Call for help.')
    expect((await say(api, session, 'say Go on.')).text).toBe('I am ending our conversation here. Take care.')
  })

  test('a session that runs out of the hours says so, and ends so many minutes later', async () => {
    const owl = newId()
    const user = await api.a.call('POST', '/v1/users', { body: { external_id: owl, time_zone: 'Asia/Tokyo' } })
    expect(user.status).toBe(201)
    // Whatever the time is now: open for ten minutes more in Tokyo.
    const local = new Date(api.clock.nowMs() + 9 * 3_600_000)
    const clock = (at: number): string => new Date(local.getTime() + at * minuteMs).toISOString().slice(11, 16)
    const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
    const window = {
      name: 'night',
      hours: [{ days, from: clock(-60), to: clock(10) }],
      running: { wind_down_after_minutes: 5, line: 'It is late where you are.' },
    }
    const session = await talkTo({ sleep_windows: [window] }, owl)
    expect((await say(api, session, 'say One.')).text).toBe('One.')
    await wait(11)
    expect((await say(api, session, 'say Two.')).text).toBe('It is late where you are. Two.')
    expect((await say(api, session, 'say Three.')).text).toBe('Three.')
    await wait(5)
    const last = await say(api, session, 'say Four.')
    expect(last.text).toBe('I am ending our conversation here. Take care.')
    expect(await sessionOf(session)).toMatchObject({ end_reason: 'ended_by_policy' })
  })
})
