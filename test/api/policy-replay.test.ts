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

  test('whatever was decided in a talk comes out the same, whichever stage it was', async () => {
    const policy: NonNullable<Parameters<typeof scriptedDocument>[0]>['policy'] = {
      no_go_zones: [zone({ strikes: { hits: 2, turns: 5, action: 'end' } })],
      escalation_rules: [
        { name: 'person', triggers: { explicit_wish: true } },
        { name: 'wrong', triggers: { guard_hits: { hits: 1, turns: 3 } }, cool_off_seconds: 0 },
      ],
      topic_cooldowns: [{ name: 'divorce', phrases: ['the divorce'], line: 'Let us leave that.' }],
      disclosure: { line: 'I am an AI.', opening: 'You are talking to an AI.' },
      pii: { kinds: { email: { to_model: 'mask', to_speech: 'mask', to_transcript: 'mask' } } },
    }
    const agent = await publishedAgent(api.a, scriptedDocument({ policy }))
    const found: string[] = []
    for (const words of [
      ['say Hello there.', 'Can I talk to a real person, please?'],
      ['I want to kill myself.'],
      [
        'are you a human?',
        'say Write to ann@example.org.',
        'Please do not talk about the divorce.',
        'say The divorce.',
      ],
      ['say The forbidden dose.', 'say Another forbidden dose.'],
      ['say I am a human being.'],
    ]) {
      const session = await createdSession(api.a, agent, { user_id: newId() })
      for (const text of words) await say(api, session, text)
      for (const { id, stage, action, replayable, rule_ids: ruleIds } of await decisionsOf(session.id)) {
        const { again } = await explain(id)
        found.push(`${stage} ${action} by ${ruleIds.join(', ')}: ${replayable ? again.result : 'not replayable'}`)
      }
    }
    expect([...new Set(found)].toSorted()).toEqual([
      'escalation escalate by agent/escalation.wrong, agent/escalation.person: same',
      'escalation escalate by agent/escalation.wrong, builtin/crisis: same',
      'escalation escalate by agent/escalation.wrong: same',
      // It is about words that may not be kept.
      'input annotate by agent/pii: not replayable',
      'input annotate by agent/topic.divorce: same',
      'input escalate by agent/escalation.person: same',
      'input escalate by builtin/crisis: same',
      'input replace by builtin/asked_whether_human: same',
      'output end by agent/dosage: same',
      'output replace by agent/disclosure.claims-to-be-human: same',
      'output replace by agent/dosage: same',
      'tick escalate by agent/escalation.wrong: same',
    ])
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
