/** Whether somebody may be contacted, by the public door on real PostgreSQL (runtime-safety 5). */
import {
  consentSchema,
  contactAttemptSchema,
  openedContactAttemptSchema,
  pageSchema,
  userSchema,
} from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { scriptedDocument } from './agent-documents.ts'
import { type Api, openApi } from './api-harness.ts'
import { auditedActions } from './audited-actions.ts'
import { createdSession, draftAgent, publishedAgent } from './made-things.ts'
import { tablesThatHold } from './tables-that-hold.ts'
import { say } from './talk.ts'

type Policy = NonNullable<NonNullable<Parameters<typeof scriptedDocument>[0]>['policy']>

describe('contact', () => {
  let api: Api
  const agents = new Map<string, string>()
  beforeAll(async () => {
    api = await openApi()
    const documents: Readonly<Record<string, Policy>> = {
      open: {},
      shut: { sleep_windows: [{ name: 'never', hours: [] }] },
      night: { sleep_windows: [{ name: 'night', preset: 'us-federal' }] },
      thrice: {
        contact_caps: [
          { name: 'user', attempts: 3, window_hours: 24 },
          { name: 'refused', after_refusal_hours: 1440 },
        ],
      },
      numbers: { contact_caps: [{ name: 'number', per: 'number', attempts: 2, window_hours: 24 }] },
      debt: { contact_caps: [{ name: 'debt', preset: 'us-debt', per: 'subject' }] },
      agreed: { contact_caps: [{ name: 'agreed', requires_consent: true }] },
      deaf: {
        sleep_windows: [
          { name: 'closed', hours: [], time_zone: 'UTC', inbound: 'refuse', inbound_line: 'We are asleep.' },
        ],
      },
      urgent: { sleep_windows: [{ name: 'closed', hours: [], time_zone: 'UTC', inbound: 'urgent_only' }] },
      told: {
        sleep_windows: [
          { name: 'closed', hours: [], time_zone: 'UTC', inbound: 'say', inbound_line: 'It is late here.' },
        ],
      },
    }
    for (const [name, policy] of Object.entries(documents)) {
      agents.set(name, (await publishedAgent(api.a, scriptedDocument({ policy }))).id)
    }
  })
  afterAll(() => api.close())

  const ask = async (agent: string, user: string, body: object = {}) => {
    const answer = await api.a.call('POST', '/v1/contact-attempts', {
      body: { agent_id: agents.get(agent), user_id: user, ...body },
    })
    if (answer.status !== 201) throw new Error(answer.text)
    return contactAttemptSchema.parse(answer.body)
  }
  const report = (id: string | null, body: object) =>
    api.a.call('POST', `/v1/contact-attempts/${id ?? ''}/outcome`, { body })
  const reasons = (attempt: z.infer<typeof contactAttemptSchema>) => attempt.reasons.map(({ reason }) => reason)

  test('what is allowed is reserved, and its outcome can be reported once', async () => {
    const made = await ask('open', 'reserved')
    expect(made).toMatchObject({ decision: 'allow', state: 'reserved', allowed_at: null, reasons: [] })
    expect(Date.parse(made.expires_at ?? '') - Date.parse(made.created_at)).toBe(900_000)
    expect((await report(made.id, { outcome: 'placed' })).status).toBe(200)
    const reached = await report(made.id, { outcome: 'reached' })
    expect(contactAttemptSchema.parse(reached.body).state).toBe('reached')
    expect((await report(made.id, { outcome: 'reached' })).status).toBe(200)
    const late = await report(made.id, { outcome: 'no_answer' })
    expect([late.status, late.code()]).toEqual([409, 'contact.settled'])
  })

  test('a window that never opens denies; one by a clock that nobody knows defers without an instant, and that is told', async () => {
    const never = await ask('shut', 'shut', { country: 'DE' })
    expect(never).toMatchObject({ decision: 'deny', allowed_at: null, expires_at: null })
    const unknown = await ask('night', 'nowhere')
    expect(unknown).toMatchObject({ decision: 'defer', allowed_at: null })
    expect(reasons(unknown)).toContain('unknown_time_zone')
    const told = await api.ask<{ count: number }>(
      `select count(*)::int as count from tenant.outbox where type = 'contact.deferred'`,
    )
    expect(told).toEqual([{ count: 1 }])
  })

  test('an instant that is asked about keeps nothing; it is decided in all zones of the country', async () => {
    const at = (hour: string) => ({ reserve: false, country: 'US', at: `2027-01-12T${hour}:00:00.000Z` })
    expect(await ask('night', 'asked', at('23'))).toMatchObject({ id: null, decision: 'allow' })
    const early = await ask('night', 'asked', at('14'))
    // Nine in the morning in New York is four in Honolulu.
    expect(early).toMatchObject({ decision: 'defer', allowed_at: '2027-01-12T18:00:00.000Z' })
    const found = await api.a.call('GET', '/v1/users?external_id=asked')
    expect(pageSchema(userSchema).parse(found.body).data).toEqual([])
  })

  test('P10: of twenty who ask at once exactly as many are allowed as the cap says', async () => {
    const asked = await Promise.all(Array.from({ length: 20 }, () => ask('thrice', 'crowded')))
    expect(asked.filter(({ decision }) => decision === 'allow')).toHaveLength(3)
    const rest = asked.filter(({ decision }) => decision !== 'allow')
    expect(rest.every((one) => one.decision === 'defer' && reasons(one).includes('contact_cap'))).toBe(true)
  })

  test('P10: nor do twenty people with one number get more than the cap of the number', async () => {
    const people = Array.from({ length: 20 }, (_, index) => `sharer-${index}`)
    const asked = await Promise.all(people.map((user) => ask('numbers', user, { number: '+4930123456' })))
    expect(asked.filter(({ decision }) => decision === 'allow')).toHaveLength(2)
    expect((await ask('numbers', 'sharer-x', { number: '+4930123457' })).decision).toBe('allow')
    expect((await ask('numbers', 'sharer-y', { number: '+49030123456' })).decision).toBe('defer')
  })

  test('attempts of another class, however many, do not hide those that a cap counts', async () => {
    const asked = [await ask('thrice', 'busy'), await ask('thrice', 'busy'), await ask('thrice', 'busy')]
    await api.ask(
      `insert into tenant.contact_attempts
       select (jsonb_populate_record(a, jsonb_build_object(
         'id', overlay(a.id::text placing lpad(n::text, 12, '0') from 25),
         'class', 'transactional', 'created_at', a.created_at + interval '1 second'))).*
       from tenant.contact_attempts a, generate_series(1, 1001) n where a.created_at = $1`,
      [asked[2]?.created_at],
    )
    expect(await ask('thrice', 'busy')).toMatchObject({ decision: 'defer' })
    expect((await ask('thrice', 'busy', { class: 'transactional' })).decision).toBe('allow')
  })

  test('what is cancelled does not count, what nobody reported does, until it has left the window', async () => {
    const made = [await ask('thrice', 'counted'), await ask('thrice', 'counted'), await ask('thrice', 'counted')]
    const full = await ask('thrice', 'counted')
    const lastExpires = Date.parse(made[0]?.expires_at ?? '')
    expect(full).toMatchObject({ decision: 'defer', allowed_at: new Date(lastExpires + 86_400_000).toISOString() })
    const cancelled = await api.a.call('POST', `/v1/contact-attempts/${made[2]?.id ?? ''}/cancel`)
    expect(contactAttemptSchema.parse(cancelled.body).state).toBe('cancelled')
    expect((await ask('thrice', 'counted')).decision).toBe('allow')
    expect((await ask('thrice', 'counted')).decision).toBe('defer')
    api.pass(Date.parse(full.allowed_at ?? '') - Date.parse(full.created_at))
    expect((await ask('thrice', 'counted')).decision).toBe('allow')
  })

  test('a reservation that has run out cannot be given back', async () => {
    const made = await ask('open', 'late', { reserve_seconds: 30 })
    api.pass(31_000)
    const answer = await api.a.call('POST', `/v1/contact-attempts/${made.id ?? ''}/cancel`)
    expect([answer.status, answer.code()]).toEqual([409, 'contact.settled'])
  })

  test('after a talk about a debt there is none for seven days, of another subject there is', async () => {
    const made = await ask('debt', 'debtor', { subject: 'loan 1' })
    await report(made.id, { outcome: 'reached' })
    const soon = await ask('debt', 'debtor', { subject: 'loan 1' })
    expect(Date.parse(soon.allowed_at ?? '') - Date.parse(made.created_at)).toBeGreaterThanOrEqual(7 * 86_400_000)
    expect((await ask('debt', 'debtor', { subject: 'loan 2' })).decision).toBe('allow')
  })

  test('a refusal puts off by as long as a rule says', async () => {
    const made = await ask('thrice', 'refuser')
    await report(made.id, { outcome: 'refused' })
    const soon = await ask('thrice', 'refuser')
    expect(Date.parse(soon.allowed_at ?? '') - Date.parse(made.created_at)).toBeGreaterThanOrEqual(60 * 86_400_000)
  })

  test('consent that a rule asks for has to be given, with what shows it, and stand', async () => {
    expect(await ask('agreed', 'agreeing')).toMatchObject({ decision: 'deny' })
    const user = pageSchema(userSchema).parse((await api.a.call('GET', '/v1/users?external_id=agreeing')).body).data[0]
    const path = `/v1/users/${user?.id ?? ''}/consents`
    const bare = await api.a.call('POST', path, { body: { state: 'given' } })
    expect([bare.status, bare.pointers()]).toEqual([422, ['/proof']])
    const proof = { version: '2026-11', proof: 'Form 17 of the 3rd of May' }
    const given = await api.a.call('POST', path, { body: { state: 'given', channel: 'voice', ...proof } })
    expect(consentSchema.parse(given.body)).toMatchObject({ state: 'given', source: 'api', ...proof })
    expect(await ask('agreed', 'agreeing')).toMatchObject({ decision: 'allow' })
    expect(await ask('agreed', 'agreeing', { channel: 'text' })).toMatchObject({ decision: 'deny' })
    api.pass(1000)
    await api.a.call('POST', path, { body: { state: 'withdrawn' } })
    const withdrawn = await ask('agreed', 'agreeing', { class: 'transactional' })
    expect([withdrawn.decision, reasons(withdrawn)]).toEqual(['deny', ['consent_withdrawn']])
    const listed = pageSchema(consentSchema).parse((await api.a.call('GET', path)).body).data
    expect(listed.map(({ state }) => state)).toEqual(['withdrawn', 'given'])
    expect(await tablesThatHold(api, 'Form 17')).toEqual([])
  })

  test('number and subject are sealed, opened by an audited reading, and stand nowhere else', async () => {
    const made = await ask('night', 'sealed', { number: '+14155550123', subject: 'order of tulips' })
    expect(await tablesThatHold(api, '4155550123')).toEqual([])
    expect(await tablesThatHold(api, 'tulips')).toEqual([])
    const opened = await api.a.call('GET', `/v1/contact-attempts/${made.id ?? ''}`)
    expect(openedContactAttemptSchema.parse(opened.body)).toMatchObject({
      number: '+14155550123',
      subject: 'order of tulips',
      explanation: { stage: 'contact', facts: { direction: 'outbound' } },
    })
    expect(await auditedActions(api, api.a.id, 'contact.opened')).not.toEqual([])
  })

  test('a person who opts out in a session is marked before the answer, and what was reserved is cancelled', async () => {
    const reserved = await ask('open', 'weary')
    const session = await createdSession(api.a, { id: agents.get('open') ?? '' }, { user_id: 'weary' })
    await say(api, session, 'Please stop calling me.')
    const found = await api.a.call('GET', '/v1/users?external_id=weary')
    expect(pageSchema(userSchema).parse(found.body).data[0]?.do_not_contact).toBe(true)
    const listed = await api.a.call('GET', '/v1/contact-attempts')
    const states = pageSchema(contactAttemptSchema).parse(listed.body).data
    expect(states.find(({ id }) => id === reserved.id)?.state).toBe('cancelled')
    const denied = await ask('open', 'weary', { class: 'emergency' })
    expect([denied.decision, reasons(denied).sort()]).toEqual(['deny', ['consent_withdrawn', 'do_not_contact']])
  })

  test('so is one who said it to the dialler', async () => {
    const made = await ask('open', 'dialled')
    await report(made.id, { outcome: 'refused', do_not_contact: true })
    expect(reasons(await ask('open', 'dialled'))).toContain('do_not_contact')
  })

  test('who comes outside the hours is refused with the next instant, let in when urgent, or told', async () => {
    const create = (agent: string, body: object = {}) =>
      api.a.call('POST', '/v1/sessions', { body: { agent_id: agents.get(agent), user_id: 'caller', ...body } })
    const refused = await create('deaf', { urgent: true })
    expect([refused.status, refused.code(), refused.pointers()]).toEqual([403, 'contact.outside_hours', ['/agent_id']])
    expect(refused.text).toContain('We are asleep.')
    expect((await create('urgent')).status).toBe(403)
    expect((await create('urgent', { urgent: true })).status).toBe(201)
    expect((await create('told')).status).toBe(201)
  })

  test('a policy that goes by the clock of a place that nobody knows is not published', async () => {
    const policy: Policy = { sleep_windows: [{ name: 'w', preset: 'uk', time_zone: 'Mars/Olympus' }] }
    const made = await draftAgent(api.a, scriptedDocument({ policy }))
    const answer = await api.a.call('POST', `/v1/agents/${made.id}/publish`, { body: {} })
    expect([answer.status, answer.code(), answer.pointers()]).toEqual([
      422,
      'policy.does_not_compile',
      ['/policy/sleep_windows/0/time_zone'],
    ])
  })

  test('the same key asks once', async () => {
    const body = { agent_id: agents.get('open'), user_id: 'repeated' }
    const headers = { 'idempotency-key': 'contact-1' }
    const one = await api.a.call('POST', '/v1/contact-attempts', { body, headers })
    const two = await api.a.call('POST', '/v1/contact-attempts', { body, headers })
    expect(contactAttemptSchema.parse(two.body)).toEqual(contactAttemptSchema.parse(one.body))
  })

  test('a key for another agent neither asks for this one nor reads its attempts', async () => {
    const made = await ask('open', 'kept')
    const agent = await publishedAgent(api.a)
    const credential = await api.a.makeKey(['contact:read', 'contact:write'], { agents: [agent.uuid] })
    const asked = await api.a.call('POST', '/v1/contact-attempts', {
      credential,
      body: { agent_id: agents.get('open'), user_id: 'kept' },
    })
    const read = await api.a.call('GET', `/v1/contact-attempts/${made.id ?? ''}`, { credential })
    expect([asked.status, read.status]).toEqual([404, 404])
    const listed = await api.a.call('GET', '/v1/contact-attempts', { credential })
    expect(pageSchema(contactAttemptSchema).parse(listed.body).data).toEqual([])
  })
})
