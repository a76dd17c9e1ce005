/** Calls that a person has to confirm, over the API. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { scriptedDocument } from './agent-documents.ts'
import { type Api, newId, openApi } from './api-harness.ts'
import { requestOf } from './call-api.ts'
import { createdSession, type MadeAgent, type MadeSession, publishedAgent } from './made-things.ts'
import { say } from './talk.ts'

describe('a call that cannot be undone', () => {
  let api: Api
  let agent: MadeAgent
  beforeAll(async () => {
    api = await openApi()
    const policy = { tool_rules: [{ name: 'r', tools: ['book_slot'], confirmation: 'irreversible' as const }] }
    agent = await publishedAgent(api.a, scriptedDocument({ policy }))
  })
  afterAll(() => api.close())

  const question =
    'One moment. Just to be sure, shall I do this: book slot, time 9:30, weekday Tuesday? Please press 1 or type yes to confirm.'
  const asked = async (): Promise<MadeSession> => {
    const session = await createdSession(api.a, agent, { user_id: newId() })
    expect((await say(api, session, 'book Tuesday 9:30')).text).toBe(question)
    return session
  }
  const answer = async (session: MadeSession, body: object) => {
    const path = `/v1/sessions/${session.id}/messages`
    const response = await api.app.request(path, requestOf('POST', { body, credential: session.token }), {})
    return { status: response.status, text: await response.text() }
  }
  const calls = ({ text }: { text: string }) => text.split('event: tool_call').length - 1

  test('is made after the key 1, once, however often it is pressed', async () => {
    const session = await asked()
    expect(calls(await answer(session, { keypad: '1' }))).toBe(1)
    expect(calls(await answer(session, { keypad: '1' }))).toBe(0)
  })

  test.each(['2', '0', '11', '*', '1#'])(
    'is not made after the keys %s, nor after a 1 that follows',
    async (keypad) => {
      const session = await asked()
      expect(calls(await answer(session, { keypad }))).toBe(0)
      expect(calls(await answer(session, { keypad: '1' }))).toBe(0)
    },
  )

  test.each([{ keypad: '' }, { keypad: 1 }, { keypad: 'yes' }, { keypad: '１' }, { keypad: '1', text: 'yes' }])(
    'is asked about still after %j, which is refused',
    async (body) => {
      const session = await asked()
      expect((await answer(session, body)).status).toBe(422)
      expect(calls(await answer(session, { keypad: '1' }))).toBe(1)
    },
  )

  test('is made once when two answers come at the same moment', async () => {
    const session = await asked()
    const both = await Promise.all([answer(session, { text: 'yes' }), answer(session, { keypad: '1' })])
    expect(both.map(calls).reduce((sum, one) => sum + one, 0)).toBe(1)
    expect(both.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([200, 409])
  })

  test('is not made a minute later', async () => {
    const session = await asked()
    api.pass(60_001)
    expect(calls(await answer(session, { keypad: '1' }))).toBe(0)
  })

  test('with other arguments has a question of its own', async () => {
    const session = await asked()
    expect((await say(api, session, 'book Thursday 10:00')).text).toBe(
      question.replace('Tuesday', 'Thursday').replace('9:30', '10:00'),
    )
    const confirmed = await answer(session, { text: 'yes' })
    expect([calls(confirmed), confirmed.text.includes('"status":"ok"')]).toEqual([1, true])
  })
})
