/** What a person asks to leave alone is left alone: in this session, in the next one, and until it is over or reset. */
import { pageSchema, restingTopicSchema, storedDecisionSchema } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { scriptedDocument } from './agent-documents.ts'
import { type Api, newId, openApi } from './api-harness.ts'
import { createdSession, type MadeAgent, type MadeSession, publishedAgent } from './made-things.ts'
import { say } from './talk.ts'

const topic = {
  name: 'ex',
  label: 'the former partner',
  phrases: ['your ex', 'my ex', 'Robin'],
  starts: { negative_wording: true },
  hours: 48,
  follow_turns: 2,
  line: 'We leave that alone.',
}
const hourMs = 3_600_000

describe('a topic that rests', () => {
  let api: Api
  let agent: MadeAgent
  beforeAll(async () => {
    api = await openApi()
    agent = await publishedAgent(api.a, { ...scriptedDocument(), policy: { topic_cooldowns: [topic] } })
  })
  afterAll(() => api.close())

  const user = async (): Promise<{ readonly id: string; readonly external: string }> => {
    const external = newId()
    const made = await api.a.call('POST', '/v1/users', { body: { external_id: external } })
    return { id: z.object({ id: z.string() }).parse(made.body).id, external }
  }
  const session = (external: string): Promise<MadeSession> => createdSession(api.a, agent, { user_id: external })
  const text = async (on: MadeSession, words: string): Promise<string> => (await say(api, on, words)).text
  const resting = async (id: string) => {
    const { body } = await api.a.call('GET', `/v1/users/${id}/topic-cooldowns`)
    return pageSchema(restingTopicSchema).parse(body).data
  }

  test('begins when the user asks, at once, and holds in the next session until its time is over', async () => {
    const { id, external } = await user()
    const first = await session(external)
    expect(await text(first, 'say And your ex?')).toBe('And your ex?')
    // The script says it again in the very turn in which the person asks not to.
    expect(await text(first, "say let's not talk about Robin")).toBe('We leave that alone.')
    expect(await text(first, 'say Hello. How is your nice dog?')).toBe('Hello. How is your nice dog?')
    expect(await resting(id)).toMatchObject([
      { topic: 'agent/topic.ex', reason: 'user_asked', rests: true, created_by: null },
    ])
    await api.a.call('POST', `/v1/sessions/${first.id}/end`)

    const second = await session(external)
    expect((await say(api, second, { start: true })).text).toContain('Hello')
    expect(await text(second, 'what about it?')).toBe('I heard you.')
    const { body } = await api.a.call('GET', `/v1/sessions/${first.id}/decisions`)
    const decisions = pageSchema(storedDecisionSchema).parse(body).data
    expect(decisions).toMatchObject([
      { stage: 'output', action: 'replace', rule_ids: ['agent/topic.ex'] },
      { stage: 'input', action: 'annotate', rule_ids: ['agent/topic.ex'] },
    ])
    api.pass(49 * hourMs)
    expect(await resting(id)).toMatchObject([{ rests: false }])
    expect(await text(await session(external), 'say And your ex?')).toBe('And your ex?')
    await api.a.call('POST', `/v1/users/${id}/topic-cooldowns`, { body: { topic: 'agent/topic.ex', hours: 5 } })
    expect((await resting(id))[0]?.created_by).toMatch(/^api_key:key_/)
  })

  test('may be followed for a few turns when the user raises it', async () => {
    const { id, external } = await user()
    await api.a.call('POST', `/v1/users/${id}/topic-cooldowns`, { body: { topic: 'agent/topic.ex', hours: 5 } })
    const on = await session(external)
    // These words of the user name it, so the user has raised it: this turn and one more.
    expect(await text(on, 'say Robin is well.')).toBe('Robin is well.')
    expect(await text(on, 'say R o b i n too.')).toBe('R o b i n too.')
  })

  test('begins by negative words, and the person is answered all the same', async () => {
    const { id, external } = await user()
    const on = await session(external)
    expect(await text(on, 'say I hate my ex')).toBe('I hate my ex')
    expect(await resting(id)).toMatchObject([{ reason: 'negative_wording', rests: true }])
  })

  test('that is asked for at the end of a longer rest rests as long again as its rule says', async () => {
    const { id, external } = await user()
    await api.a.call('POST', `/v1/users/${id}/topic-cooldowns`, { body: { topic: 'agent/topic.ex', hours: 500 } })
    api.pass(499 * hourMs)
    const on = await session(external)
    await text(on, "say let's not talk about Robin")
    const [row] = await resting(id)
    expect(Date.parse(row?.ends_at ?? '') - api.clock.nowMs()).toBeGreaterThan(47 * hourMs)
  })

  test('an operator who resets it is heard in the session that is running', async () => {
    const { id, external } = await user()
    const on = await session(external)
    expect(await text(on, "say let's not talk about Robin")).toBe('We leave that alone.')
    const [row] = await resting(id)
    expect((await api.a.call('DELETE', `/v1/topic-cooldowns/${row?.id}`)).status).toBe(204)
    expect(await text(on, 'hi')).toBe('I heard you.')
    expect(await text(on, 'say And your ex?')).toBe('And your ex?')
    expect(await resting(id)).toEqual([])
  })

  test('belongs to one person: another one is spoken to as before', async () => {
    const [one, other] = [await user(), await user()]
    await text(await session(one.external), "say let's not talk about Robin")
    expect(await text(await session(other.external), 'say And your ex?')).toBe('And your ex?')
  })
})
