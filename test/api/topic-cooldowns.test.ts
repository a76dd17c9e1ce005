import { problemSchema, restingTopicSchema } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type Api, openApi } from './api-harness.ts'
import { auditedActions } from './audited-actions.ts'

const topic = 'agent/topic.ex-partner'
const hourMs = 3_600_000

describe('topics that rest for a user', () => {
  let api: Api
  beforeAll(async () => {
    api = await openApi()
  })
  afterAll(() => api.close())

  const newUser = async (external_id: string): Promise<string> => {
    const made = await api.a.call('POST', '/v1/users', { body: { external_id } })
    return z.object({ id: z.string() }).parse(made.body).id
  }
  const start = (user: string, body: object) => api.a.call('POST', `/v1/users/${user}/topic-cooldowns`, { body })
  const list = async (user: string) => {
    const { body } = await api.a.call('GET', `/v1/users/${user}/topic-cooldowns`)
    return z.object({ data: z.array(restingTopicSchema) }).parse(body).data
  }

  test('are begun by an operator, listed, and reset; all of it is audited', async () => {
    const user = await newUser('rests')
    const begun = await start(user, { topic, hours: 2 })
    expect(begun.status).toBe(201)
    const row = restingTopicSchema.parse(begun.body)
    expect(row).toMatchObject({ user_id: user, topic, reason: 'operator', rests: true })
    expect(row.created_by).toMatch(/^api_key:key_/)
    expect(Date.parse(row.ends_at) - Date.parse(row.started_at)).toBe(2 * hourMs)
    expect(await list(user)).toEqual([row])
    expect((await api.a.call('DELETE', `/v1/topic-cooldowns/${row.id}`)).status).toBe(204)
    expect(await list(user)).toEqual([])
    expect((await api.a.call('DELETE', `/v1/topic-cooldowns/${row.id}`)).status).toBe(404)
    expect((await auditedActions(api, api.a.id, 'topic_cooldown.started'))[0]?.after).toEqual({
      user_id: user,
      topic,
      hours: 2,
    })
    expect((await auditedActions(api, api.a.id, 'topic_cooldown.reset'))[0]?.before).toMatchObject({ topic })
    expect((await auditedActions(api, api.a.id, 'topic_cooldown.listed')).length).toBeGreaterThan(0)
  })

  test('rest longer when they are begun again, and never shorter', async () => {
    const user = await newUser('rests-longer')
    const first = restingTopicSchema.parse((await start(user, { topic, hours: 10 })).body)
    const shorter = restingTopicSchema.parse((await start(user, { topic, hours: 1 })).body)
    expect([shorter.id, shorter.ends_at]).toEqual([first.id, first.ends_at])
    const longer = restingTopicSchema.parse((await start(user, { topic, hours: 20 })).body)
    expect(Date.parse(longer.ends_at)).toBeGreaterThan(Date.parse(first.ends_at))
    expect(await list(user)).toHaveLength(1)
  })

  test.each([
    [{ topic: 'my ex' }, '/topic'],
    [{ topic: 'agent/dosage' }, '/topic'],
    [{ topic, hours: 0 }, '/hours'],
    [{ topic, until: 'tomorrow' }, '/until'],
    [{}, '/topic'],
  ])('refuse %j and say where', async (body, pointer) => {
    const answer = await start(await newUser(`refused-${pointer}-${JSON.stringify(body).length}`), body)
    expect(answer.status).toBe(400)
    expect(problemSchema.parse(answer.body).errors?.map((error) => error.pointer)).toContain(pointer)
  })
})
