/** Somebody is contacted although it wants none, or more often than a cap allows (runtime-safety 5). */
import { contactAttemptSchema, openedContactAttemptSchema, pageSchema, userSchema } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { scriptedDocument } from '../api/agent-documents.ts'
import { type Api, newId, openApi } from '../api/api-harness.ts'
import { auditedActions } from '../api/audited-actions.ts'
import type { Answer } from '../api/call-api.ts'
import { bareId, createdSession, type MadeAgent, publishedAgent } from '../api/made-things.ts'
import { say } from '../api/talk.ts'

const day = { window_hours: 24 }

describe('contact', () => {
  let api: Api
  const agents: Record<string, MadeAgent> = {}
  beforeAll(async () => {
    api = await openApi()
    const caps: Readonly<Record<string, readonly object[]>> = {
      open: [],
      thrice: [{ name: 'thrice', attempts: 3, ...day }],
      subject: [{ name: 'subject', per: 'subject', attempts: 1, ...day }],
      number: [{ name: 'number', per: 'number', channels: ['voice'], attempts: 1, ...day }],
      talk: [{ name: 'talk', after_talk_hours: 24 }],
    }
    for (const [name, contact_caps] of Object.entries(caps)) {
      agents[name] = await publishedAgent(api.a, { ...scriptedDocument(), policy: { contact_caps } })
    }
  })
  afterAll(() => api.close())

  const asked = (agent: string, user: string, body: object = {}) => ({
    body: { agent_id: agents[agent]?.id, user_id: user, ...body },
  })
  const read = ({ body, status, text }: Answer) => {
    if (status !== 201) throw new Error(text)
    return contactAttemptSchema.parse(body)
  }
  const ask = async (agent: string, user: string, body: object = {}) =>
    read(await api.a.call('POST', '/v1/contact-attempts', asked(agent, user, body)))
  const report = (id: string | null, body: object) =>
    api.a.call('POST', `/v1/contact-attempts/${id ?? ''}/outcome`, { body })
  const reasons = (attempt: Awaited<ReturnType<typeof ask>>) => attempt.reasons.map(({ reason }) => reason)
  const stateOf = async (id: string | null) => {
    const { body } = await api.a.call('GET', `/v1/contact-attempts/${id ?? ''}`)
    return openedContactAttemptSchema.parse(body).state
  }
  const user = async (external: string) => {
    const { body } = await api.a.call('GET', `/v1/users?external_id=${external}`)
    const [found] = pageSchema(userSchema).parse(body).data
    if (found === undefined) throw new Error('expected a user')
    return found
  }
  const change = async (external: string, body: object) =>
    api.a.call('PATCH', `/v1/users/${(await user(external)).id}`, { body })

  test('P10: two processes with a key each get no more attempts together than the cap says', async () => {
    const other = await api.openAnother()
    const credential = await api.a.makeKey(['contact:write'])
    const callers = Array.from({ length: 20 }, (_, index) =>
      index % 2 === 0
        ? ask('thrice', 'both')
        : other.call('POST', '/v1/contact-attempts', { ...asked('thrice', 'both'), credential }).then(read),
    )
    const made = await Promise.all(callers)
    expect(made.filter(({ decision }) => decision === 'allow')).toHaveLength(3)
  })

  test('a clock that goes back gives no attempt more', async () => {
    for (let index = 0; index < 3; index += 1) await ask('thrice', 'timeless')
    api.pass(-7_200_000)
    expect((await ask('thrice', 'timeless')).decision).toBe('defer')
    api.pass(7_200_000)
  })

  test('one subject is one, however it is written', async () => {
    expect((await ask('subject', 'subjected', { subject: 'Loan 17' })).decision).toBe('allow')
    for (const subject of [
      'loan 17',
      'LOAN 17',
      ' Loan  17 ',
      'Loan\u00a017',
      'Lo\u200ban 17',
      'Ｌoan １７',
      'Loan\u00ad 17',
    ])
      expect([subject, (await ask('subject', 'subjected', { subject })).decision]).toEqual([subject, 'defer'])
    expect((await ask('subject', 'subjected', { subject: 'Loan 18' })).decision).toBe('allow')
  })

  test('a number that is written in another way than E.164 is refused, so that none counts twice', async () => {
    const written = [
      '0049 170 1234567',
      '+49 170 1234567',
      '+49(170)1234567',
      '+٤٩١٧٠١٢٣٤٥٦٧',
      '００４９１７０',
      '+049170123',
      'tel:+49170',
    ]
    for (const number of written) {
      const answer = await api.a.call('POST', '/v1/contact-attempts', asked('number', 'numbered', { number }))
      expect([number, answer.status, answer.pointers()]).toEqual([number, 422, ['/number']])
    }
  })

  test('where a cap counts by number, a contact without one is refused, and not counted under none', async () => {
    const answer = await api.a.call('POST', '/v1/contact-attempts', asked('number', 'hidden'))
    expect([answer.status, answer.code(), answer.pointers()]).toEqual([422, 'request.invalid', ['/number']])
    expect((await ask('number', 'hidden', { channel: 'text' })).decision).toBe('allow')
  })

  test('many attempts that no cap counts do not push out those that one does', async () => {
    const one = await ask('talk', 'flooded')
    await report(one.id, { outcome: 'reached' })
    const other = await ask('thrice', 'flooded', { class: 'transactional' })
    await api.ask(
      `insert into tenant.contact_attempts
         (workspace_id, id, user_id, agent_id, channel, class, state, policy_sha256, content, expires_at, created_at)
       select workspace_id, gen_random_uuid(), user_id, agent_id, channel, class, state, policy_sha256, content,
              expires_at, created_at + interval '1 second'
         from tenant.contact_attempts, generate_series(1, 1100)
        where user_id = (select user_id from tenant.contact_attempts where id = $1) and class = 'transactional'`,
      [bareId('contactAttempt', one.id ?? '')],
    )
    expect(other.decision).toBe('allow')
    expect((await ask('talk', 'flooded')).decision).toBe('defer')
  })

  test('who asks again with its key after a process died gets the attempt that was reserved, from any process and once', async () => {
    const other = await api.openAnother()
    const call = { ...asked('thrice', 'crashed'), headers: { 'idempotency-key': 'crashed-1' } }
    const answers = await Promise.all([
      api.a.call('POST', '/v1/contact-attempts', call),
      other.call('POST', '/v1/contact-attempts', { ...call, credential: api.a.key }),
    ])
    const again = await other.call('POST', '/v1/contact-attempts', { ...call, credential: api.a.key })
    const ids = [...answers, again].filter(({ status }) => status === 201).map((answer) => read(answer).id)
    expect(new Set(ids).size).toBe(1)
    expect(ids.length).toBeGreaterThanOrEqual(2)
    const [{ count } = { count: 0 }] = await api.ask<{ count: number }>(
      'select count(*)::int as count from tenant.contact_attempts where user_id = (select user_id from tenant.contact_attempts where id = $1)',
      [bareId('contactAttempt', ids[0] ?? '')],
    )
    expect(count).toBe(1)
  })

  test('an instant of which nobody knows anything is refused, not failed at', async () => {
    await api.a.call('POST', '/v1/users', { body: { external_id: 'ancient', time_zone: 'Africa/Monrovia' } })
    for (const at of ['0001-01-01T00:00:00Z', '1950-01-01T00:00:00Z', '9999-12-31T23:59:59Z']) {
      const answer = await api.a.call('POST', '/v1/contact-attempts', asked('open', 'ancient', { reserve: false, at }))
      expect([at, answer.status, answer.pointers()]).toEqual([at, 422, ['/at']])
    }
  })

  test('a preset that an agent of its own loosens stands in the audit log with its reason', async () => {
    const loosen = { reason: 'they asked for the evening', name: 'Ada' }
    const hours = [{ days: ['mon'], from: '00:00', to: '24:00' }]
    const policy = { sleep_windows: [{ name: 'late', preset: 'uk', hours, loosen }] }
    const agent = await publishedAgent(api.a, { ...scriptedDocument(), policy })
    const events = await auditedActions(api, api.a.id, 'agent.published')
    expect(events).toContainEqual(
      expect.objectContaining({
        after: expect.objectContaining({ loosened: [{ window: 'late', preset: 'uk', ...loosen }] }),
      }),
    )
    expect(agent.id).toMatch(/^agt_/)
  })

  test('of two outcomes that are reported at once one holds', async () => {
    for (let index = 0; index < 5; index += 1) {
      const { id } = await ask('open', newId())
      const answers = await Promise.all([
        report(id, { outcome: 'reached' }),
        report(id, { outcome: 'no_answer' }),
        api.a.call('POST', `/v1/contact-attempts/${id}/cancel`),
      ])
      expect(answers.map(({ status }) => status).toSorted((left, right) => left - right)).toEqual([200, 409, 409])
    }
  })

  test('an attempt of another workspace is not there, whoever asks and for what', async () => {
    const { id } = await ask('open', 'walled')
    const path = `/v1/contact-attempts/${id}`
    const { token } = await createdSession(api.a, agents['open'] ?? { id: '' })
    for (const [method, to, body] of [
      ['GET', path, undefined],
      ['POST', `${path}/outcome`, { outcome: 'failed' }],
      ['POST', `${path}/cancel`, {}],
    ] as const) {
      expect((await api.b.call(method, to, body === undefined ? {} : { body })).status).toBe(404)
      expect((await api.a.call(method, to, { credential: token, ...(body && { body }) })).status).toBe(401)
    }
    expect(await stateOf(id)).toBe('reserved')
  })

  test('who wants no calls at a number is not called there under another id, and what was reserved there is cancelled', async () => {
    const number = '+4930111222'
    const made = await ask('open', 'holder', { number })
    const twin = await ask('open', 'holder-again', { number })
    await report(made.id, { outcome: 'refused', do_not_contact: true })
    expect(await stateOf(twin.id)).toBe('cancelled')
    const again = await ask('open', 'holder-third', { number })
    expect([again.decision, reasons(again)]).toEqual(['deny', ['do_not_contact']])
    expect((await ask('open', 'holder-third', { number: '+4930111223' })).decision).toBe('allow')
    // The twin says so, too: that its attempt was cancelled meanwhile takes nothing from that.
    expect((await report(twin.id, { outcome: 'refused' })).code()).toBe('contact.settled')
    expect((await report(twin.id, { outcome: 'refused', do_not_contact: true })).status).toBe(200)
    expect((await user('holder-again')).do_not_contact).toBe(true)
    for (const external of ['holder', 'holder-again'])
      expect((await change(external, { do_not_contact: false })).status).toBe(200)
    expect((await ask('open', 'holder-third', { number })).decision).toBe('allow')
  })

  test('what a person takes back for one channel cancels what is reserved of it, and nothing else', async () => {
    const voice = await ask('open', 'withdrawing')
    const text = await ask('open', 'withdrawing', { channel: 'text' })
    const path = `/v1/users/${(await user('withdrawing')).id}/consents`
    expect((await api.a.call('POST', path, { body: { state: 'withdrawn', channel: 'voice' } })).status).toBe(201)
    expect([await stateOf(voice.id), await stateOf(text.id)]).toEqual(['cancelled', 'reserved'])
    expect((await ask('open', 'withdrawing')).decision).toBe('deny')
  })

  test('an operator who marks a person cancels what is reserved', async () => {
    const made = await ask('open', 'marked')
    await change('marked', { language: 'de' })
    expect(await stateOf(made.id)).toBe('reserved')
    await change('marked', { do_not_contact: true })
    expect(await stateOf(made.id)).toBe('cancelled')
  })

  test('a change of something else at the same time does not undo that a person wants no contact', async () => {
    const people = Array.from({ length: 8 }, (_, index) => `raced-${index}`)
    for (const external of people) {
      const { id } = await ask('open', external)
      const found = await user(external)
      const changes = ['de', 'fr', 'es'].map((language) =>
        api.a.call('PATCH', `/v1/users/${found.id}`, { body: { language } }),
      )
      await Promise.all([...changes, report(id, { outcome: 'refused', do_not_contact: true })])
      expect([external, (await user(external)).do_not_contact]).toEqual([external, true])
    }
  })

  test('who says it again after somebody has lifted it is marked again, in the same session', async () => {
    const session = await createdSession(api.a, agents['open'] ?? { id: '' }, { user_id: 'insisting' })
    await say(api, session, 'Please stop calling me.')
    expect((await user('insisting')).do_not_contact).toBe(true)
    await change('insisting', { do_not_contact: false })
    await say(api, session, "Don't call me again!")
    expect((await user('insisting')).do_not_contact).toBe(true)
  })
})
