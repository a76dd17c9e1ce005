/** What one person's sessions, on two servers of one database, may call of a tool in a day. */
import { pageSchema, storedDecisionSchema } from '@hyponema/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { scriptedDocument } from '../api/agent-documents.ts'
import { type Api, newId, openApi } from '../api/api-harness.ts'
import { createdSession, type MadeAgent, publishedAgent } from '../api/made-things.ts'
import { say } from '../api/talk.ts'
import { openSecondServer, type SecondServer } from './second-server.ts'

let api: Api
let second: SecondServer
let agent: MadeAgent
const perDay = (most: number) =>
  scriptedDocument({ policy: { tool_rules: [{ name: 'booking', tools: ['book_slot'], budgets: { per_day: most } }] } })
beforeAll(async () => {
  api = await openApi()
  second = await openSecondServer(api)
  agent = await publishedAgent(api.a, perDay(3))
})
afterAll(async () => {
  await second.close()
  await api.close()
})

/** What a person hears who books in a session of its own. */
async function book({ user, on = api.app, of = agent }: { user: string; on?: Api['app']; of?: MadeAgent }) {
  const session = await createdSession(api.a, of, { user_id: user })
  const { text } = await say({ ...api, app: on }, session, 'book Tuesday 9:30')
  return { text, session }
}
const booked = 'One moment. Booked.'
const refused = 'One moment. Not booked.'
const sorted = (texts: readonly string[]) => texts.toSorted((one, other) => one.length - other.length)

test('of sessions that call at once only as many are served as the day has left', async () => {
  const user = newId()
  const talks = Array.from({ length: 10 }, (_, index) => book({ user, on: index % 2 === 0 ? api.app : second.app }))
  const heard = (await Promise.all(talks)).map(({ text }) => text)
  expect(sorted(heard)).toEqual([...Array(3).fill(booked), ...Array(7).fill(refused)])
})

test('a later session is refused with the count of the day, whatever agent it is of, and another person is not', async () => {
  const user = newId()
  const other = await publishedAgent(api.a, perDay(3))
  for (const of of [agent, other, agent]) expect((await book({ user, of })).text).toBe(booked)
  const { text, session } = await book({ user, of: other })
  expect(text).toBe(refused)
  expect((await book({ user: newId() })).text).toBe(booked)
  const { body } = await api.a.call('GET', `/v1/sessions/${session.id}/decisions`)
  const decisions = pageSchema(storedDecisionSchema).parse(body).data
  expect(decisions.filter(({ stage }) => stage === 'tool_call')).toMatchObject([
    { action: 'deny', rule_ids: ['agent/tool.booking'] },
  ])
})

test('a new day of UTC begins at nothing, and days that are over are forgotten', async () => {
  const user = newId()
  for (let call = 0; call < 3; call += 1) expect((await book({ user })).text).toBe(booked)
  const { text, session } = await book({ user })
  expect(text).toBe(refused)
  const of = 'user_id = (select user_id from tenant.sessions where id = $1)'
  for (const passed of [1, 5]) {
    await api.ask(`update tenant.tool_days set day = day - ${passed} where ${of}`, [session.uuid])
    expect((await book({ user })).text).toBe(booked)
  }
  const rows = await api.ask(`select calls from tenant.tool_days where ${of}`, [session.uuid])
  expect(rows).toEqual([{ calls: 1 }])
})

test('a tool that no rule bounds by the day leaves no row', async () => {
  const { session } = await book({ user: newId(), of: await publishedAgent(api.a) })
  const rows = await api.ask(
    'select 1 from tenant.tool_days d join tenant.sessions s on s.user_id = d.user_id where s.id = $1',
    [session.uuid],
  )
  expect(rows).toEqual([])
})
