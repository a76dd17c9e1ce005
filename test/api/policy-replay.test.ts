/** Decisions that are taken again: one of them, and those of the newest sessions under another policy. */
import { decodeId, pageSchema, policyReplaySchema, policySchema, storedDecisionSchema } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { explainDecision } from '../../packages/server/src/features/decisions/public.ts'
import { auditedTransaction } from '../../packages/server/src/guards/audited-transaction.ts'
import { createContentKeys } from '../../packages/server/src/guards/content-keys.ts'
import { keyringKeyService } from '../../packages/server/src/platform/crypto/keyring-key-service.ts'
import { scriptedDocument, zone } from './agent-documents.ts'
import { type Api, newId, openApi } from './api-harness.ts'
import { auditedActions } from './audited-actions.ts'
import { createdSession, publishedAgent } from './made-things.ts'
import { say } from './talk.ts'

describe('decisions that are taken again', () => {
  let api: Api
  beforeAll(async () => {
    api = await openApi()
  })
  afterAll(() => api.close())

  const decisionsOf = async (id: string) =>
    pageSchema(storedDecisionSchema).parse((await api.a.call('GET', `/v1/sessions/${id}/decisions`)).body).data
  const explain = (id: string) => {
    const uuid = decodeId('decision', id)
    if (uuid === undefined) throw new Error('no decision')
    const contentKeys = createContentKeys({ epochKeys: keyringKeyService(api.installation.keyring, 'epoch'), newId })
    const principal = { kind: 'system', scope: api.a.scope, name: 'hyponema policy explain' } as const
    const act = { database: api.installation.database, clock: api.clock, newId, scope: api.a.scope, principal }
    return auditedTransaction(act, (tx) => explainDecision(tx, contentKeys, uuid))
  }

  test('a decision says that it can be taken again, comes out the same, and the opening is audited', async () => {
    const zones = [zone({ stages: ['input', 'output'] })]
    const agent = await publishedAgent(api.a, { ...scriptedDocument(), policy: { no_go_zones: zones } })
    const session = await createdSession(api.a, agent, { user_id: newId() })
    await say(api, session, 'a forbidden dose please')
    const other = await publishedAgent(api.a, { ...scriptedDocument(), policy: { no_go_zones: [zone()] } })
    const talk = await createdSession(api.a, other, { user_id: newId() })
    await say(api, talk, 'say The forbidden dose is high.')
    const decisions = [...(await decisionsOf(session.id)), ...(await decisionsOf(talk.id))]
    expect(decisions.map(({ stage, replayable }) => [stage, replayable])).toEqual([
      ['input', true],
      ['output', true],
    ])
    for (const { id, action } of decisions) {
      const explained = await explain(id)
      expect(explained.again).toMatchObject({ result: 'same', action, ruleIds: ['agent/dosage'] })
    }
    const [event] = await auditedActions(api, api.a.id, 'decision.opened')
    expect(event?.target.id).toBe(decisions[1]?.id)
  })

  test('a replay shows the turns about which a draft decides otherwise, and the log names the sessions', async () => {
    const agent = await publishedAgent(api.a)
    const session = await createdSession(api.a, agent, { user_id: newId() })
    await say(api, session, 'say The forbidden dose is high.')
    await say(api, session, 'say Good day.')
    const body = { name: 'stricter', document: { no_go_zones: [zone()] }, agents: [agent.id] }
    const policy = policySchema.parse((await api.a.call('POST', '/v1/policies', { body })).body)
    const answer = await api.a.call('POST', `/v1/policies/${policy.id}/replay`, { body: { sessions: 5 } })
    expect(answer.status, answer.text).toBe(200)
    const replay = policyReplaySchema.parse(answer.body)
    expect(replay.sessions).toEqual({ asked: 5, done: 1, out_of_time: false })
    expect(replay.turns).toEqual({ judged: 4, changed: 1 })
    expect(replay.changes).toMatchObject([
      {
        session_id: session.id,
        decided: [],
        would_decide: [{ stage: 'output', action: 'replace', rule_ids: ['workspace/stricter/dosage'] }],
      },
    ])
    const [event] = await auditedActions(api, api.a.id, 'policy.replayed')
    expect(event?.after).toMatchObject({ version: 0, sessions: [session.id] })
  })

  test('a replay needs both rights, and a version that is there', async () => {
    const made = await api.a.call('POST', '/v1/policies', { body: { name: 'asked' } })
    const { id } = policySchema.parse(made.body)
    const key = await api.a.makeKey(['policies:read', 'decisions:read'])
    const refused = await api.a.call('POST', `/v1/policies/${id}/replay`, { credential: key, body: {} })
    expect([refused.status, refused.code()]).toEqual([403, 'api_key.scope_missing'])
    const none = await api.a.call('POST', `/v1/policies/${id}/replay`, { body: { version: 3 } })
    expect(none.code()).toBe('policy.version_not_found')
    expect((await api.b.call('POST', `/v1/policies/${id}/replay`, { body: {} })).status).toBe(404)
  })

  test('a ready policy is a draft to begin with', async () => {
    const made = await api.a.call('POST', '/v1/policies', { body: { name: 'weapons', from: 'weapons' } })
    expect(made.status, made.text).toBe(201)
    expect(policySchema.parse(made.body).draft.no_go_zones.length).toBeGreaterThan(0)
  })
})
