/** Every turn leaves a trace: what ran, under what, for how long, and none of the words. */
import { pageSchema, type TraceSpan, turnTraceSchema } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { scriptedDocument, zone } from './agent-documents.ts'
import { type Api, newId, openApi } from './api-harness.ts'
import { createdSession, type MadeSession, publishedAgent } from './made-things.ts'
import { say } from './talk.ts'

describe('traces', () => {
  let api: Api
  beforeAll(async () => {
    api = await openApi()
  })
  afterAll(() => api.close())

  const talkTo = async (change: Parameters<typeof scriptedDocument>[0] = {}): Promise<MadeSession> =>
    createdSession(api.a, await publishedAgent(api.a, scriptedDocument(change)), { user_id: newId() })
  const tracesOf = async (session: MadeSession, query = '') => {
    const answer = await api.a.call('GET', `/v1/sessions/${session.id}/traces${query}`)
    if (answer.status !== 200) throw new Error(answer.text)
    return pageSchema(turnTraceSchema).parse(answer.body)
  }
  const spansOf = async (session: MadeSession): Promise<readonly TraceSpan[]> =>
    (await tracesOf(session)).data.flatMap(({ spans }) => spans)

  test('a turn is a tree whose root is the turn, and an allow stands in it', async () => {
    const session = await talkTo()
    await say(api, session, 'say Hello.')
    const [root, ...others] = await spansOf(session)
    expect(root).toMatchObject({
      kind: 'turn',
      span_id: 0,
      parent_span_id: null,
      status: 'ok',
      detail: { role: 'agent', spoken_characters: 6 },
    })
    expect(others).toContainEqual(
      expect.objectContaining({
        kind: 'policy',
        parent_span_id: 0,
        status: 'ok',
        detail: expect.objectContaining({ stage: 'input', action: 'allow', decision_id: null }),
      }),
    )
  })

  test('what a rule stopped is refused in the trace, with the id of its decision', async () => {
    const session = await talkTo({ policy: { no_go_zones: [zone({ stages: ['input'] })] } })
    await say(api, session, 'say the forbidden dose')
    const spans = await spansOf(session)
    expect(spans[0]).toMatchObject({ kind: 'turn', status: 'refused' })
    expect(spans).toContainEqual(
      expect.objectContaining({
        kind: 'policy',
        status: 'refused',
        detail: expect.objectContaining({ stage: 'input', decision_id: expect.stringMatching(/^dec_/) }),
      }),
    )
  })
})
