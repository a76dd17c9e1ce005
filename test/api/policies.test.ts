/** Policies of a workspace by the public door: draft, versions, what may not stand beside an agent, and what is in force when. */
import {
  documentDiffSchema,
  pageSchema,
  policyCheckSchema,
  policySchema,
  policyVersionSchema,
  sessionSchema,
  storedDecisionSchema,
} from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { scriptedDocument, zone } from './agent-documents.ts'
import { type Api, newId, openApi } from './api-harness.ts'
import { auditedActions } from './audited-actions.ts'
import { createdSession, draftAgent, publishedAgent } from './made-things.ts'
import { say } from './talk.ts'

describe('policies', () => {
  let api: Api
  beforeAll(async () => {
    api = await openApi()
  })
  afterAll(() => api.close())

  let count = 0
  const create = async (document: object = {}, more: object = {}, workspace = api.a) => {
    count += 1
    const made = await workspace.call('POST', '/v1/policies', { body: { name: `policy-${count}`, document, ...more } })
    expect(made.status, made.text).toBe(201)
    return policySchema.parse(made.body)
  }
  const act = (id: string, verb: string, body: object = {}, workspace = api.a) =>
    workspace.call('POST', `/v1/policies/${id}/${verb}`, { body })
  const publish = async (id: string) => {
    const answer = await act(id, 'publish', { note: 'as agreed' })
    expect(answer.status, answer.text).toBe(201)
    return policyVersionSchema.parse(answer.body)
  }
  const outOfForce = async (id: string) => expect((await act(id, 'rollback', { version: null })).status).toBe(200)
  const heardBy = async (agent: { id: string }, words = 'say The forbidden dose is high.') => {
    const session = await createdSession(api.a, agent, { user_id: newId() })
    return { session, ...(await say(api, session, words)) }
  }
  const decisionsOf = async (id: string) =>
    pageSchema(storedDecisionSchema).parse((await api.a.call('GET', `/v1/sessions/${id}/decisions`)).body).data

  test('a draft is made, read, changed at its revision, and listed without its document', async () => {
    const made = await create({ no_go_zones: [zone()] })
    expect(made).toMatchObject({ draft_revision: 1, published_version: null, shadow: null, agents: [], warnings: [] })
    const changed = await api.a.call('PATCH', `/v1/policies/${made.id}`, { body: { document: {}, draft_revision: 1 } })
    expect(changed.body).toMatchObject({ draft_revision: 2 })
    const late = await api.a.call('PATCH', `/v1/policies/${made.id}`, { body: { document: {}, draft_revision: 1 } })
    expect([late.status, late.code()]).toEqual([409, 'request.conflict'])
    expect((await api.a.call('GET', `/v1/policies/${made.id}`)).body).toMatchObject({ draft_revision: 2 })
    expect((await api.a.call('GET', '/v1/policies')).text).not.toContain('"draft"')
  })

  test('a name is taken once, and text names the line that is wrong', async () => {
    const { name } = await create()
    const again = await api.a.call('POST', '/v1/policies', { body: { name } })
    expect([again.status, again.code()]).toEqual([409, 'policy.name_taken'])
    const text = 'no_go_zones:\n  - name: x\n    phrases: [a]\n    action: stop\n'
    const wrong = await api.a.call('POST', '/v1/policies', { body: { name: 'from-text', text } })
    expect(wrong.status).toBe(422)
    expect(wrong.text).toContain('line 4')
    const right = text.replace('stop', 'end').replace('[a]', '[build a bomb]')
    expect((await api.a.call('POST', '/v1/policies', { body: { name: 'from-text', text: right } })).status).toBe(201)
  })

  test('what is probably not meant is told when a draft is saved and when it is checked; errors refuse to publish', async () => {
    const odd = await create({ no_go_zones: [zone({ phrases: ['the'] })] })
    expect(odd.warnings).toMatchObject([{ severity: 'warning', pointer: '/no_go_zones/0/phrases/0' }])
    const nowhere = {
      sleep_windows: [
        { name: 'night', hours: [{ days: ['mon'], from: '09:00', to: '17:00' }], time_zone: 'Mars/Base' },
      ],
    }
    const checked = policyCheckSchema.parse((await act(odd.id, 'check', { document: nowhere })).body)
    expect(checked).toMatchObject({
      ok: false,
      diagnostics: [{ severity: 'error', pointer: '/sleep_windows/0/time_zone' }],
    })
    const made = await create(nowhere)
    const refused = await act(made.id, 'publish')
    expect([refused.status, refused.code()]).toEqual([422, 'policy.does_not_compile'])
    expect(refused.text).toContain('/sleep_windows/0/time_zone')
  })

  test('its own tests run: a check tells what failed, a publish refuses', async () => {
    const tests = [{ say: 'Nothing bad.', expect: { action: 'redirect', zone: 'dosage' } }]
    const made = await create({ no_go_zones: [zone()], tests })
    const checked = policyCheckSchema.parse((await act(made.id, 'check')).body)
    expect(checked).toMatchObject({ ok: false, tests: { run: 1, failures: [{ pointer: '/tests/0', found: 'allow' }] } })
    const refused = await act(made.id, 'publish')
    expect([refused.status, refused.code()]).toEqual([422, 'policy.tests_failed'])
  })

  test('what is published holds the next sessions, is named in their digest and decisions, and is rolled back in one call', async () => {
    const agent = await publishedAgent(api.a)
    const before = await heardBy(agent)
    expect(before.text).toBe('The forbidden dose is high.')
    const made = await create({ no_go_zones: [zone()] }, { agents: [agent.id] })
    const first = await publish(made.id)
    expect(first).toMatchObject({ version: 1, current: true, note: 'as agreed' })
    const held = await heardBy(agent)
    expect(held.text).toBe('The Please ask a doctor. is high.')
    const [decision] = await decisionsOf(held.session.id)
    expect(decision?.rule_ids).toEqual([`workspace/${made.name}/dosage`])
    const session = sessionSchema.parse((await api.a.call('GET', `/v1/sessions/${held.session.id}`)).body)
    expect(decision?.policy_sha256).toBe(session.policy_sha256)
    const kept = await api.ask(`select 1 from tenant.policy_texts where encode(sha256, 'hex') = $1`, [
      session.policy_sha256,
    ])
    expect(kept).toHaveLength(1)
    // No floor: who talks already is not held to it.
    expect((await say(api, before.session, 'say The forbidden dose is high.')).text).toBe('The forbidden dose is high.')
    await api.a.call('PATCH', `/v1/policies/${made.id}`, { body: { document: {} } })
    await publish(made.id)
    expect((await heardBy(agent)).text).toBe('The forbidden dose is high.')
    expect((await act(made.id, 'rollback', { version: 1, reason: 'too mild' })).body).toMatchObject({
      published_version: 1,
    })
    expect((await heardBy(agent)).text).toBe('The Please ask a doctor. is high.')
    const unheld = await publishedAgent(api.a)
    expect((await heardBy(unheld)).text).toBe('The forbidden dose is high.')
    await outOfForce(made.id)
    expect((await heardBy(agent)).text).toBe('The forbidden dose is high.')
    const audited = await auditedActions(api, api.a.id, 'policy.rolled_back')
    expect(audited[1]).toMatchObject({ reason: 'too mild', after: { published_version: 1 } })
  })

  test('whichever comes second is refused when a line of one breaks a zone of the other, and the answer names both', async () => {
    const line = 'Never take the secret potion.'
    const agent = await publishedAgent(api.a, { ...scriptedDocument(), policy: { no_go_zones: [zone({ line })] } })
    const policy = { no_go_zones: [zone({ name: 'potions', phrases: ['secret potion'], line: 'No.' })] }
    const made = await create(policy, { agents: [agent.id] })
    const refused = await act(made.id, 'publish')
    expect([refused.status, refused.code()]).toEqual([422, 'policy.does_not_compile'])
    expect(refused.text).toContain(agent.id)
    expect(refused.text).toContain(`workspace/${made.name}/potions`)
    const free = await create(policy, { agents: [(await publishedAgent(api.a)).id] })
    await publish(free.id)
    const other = await draftAgent(api.a, { ...scriptedDocument(), policy: { no_go_zones: [zone({ line })] } })
    const widened = await api.a.call('PATCH', `/v1/policies/${free.id}`, { body: { agents: [other.id] } })
    expect(widened.status).toBe(200)
    const late = await api.a.call('POST', `/v1/agents/${other.id}/publish`, { body: {} })
    expect([late.status, late.code()]).toEqual([422, 'policy.does_not_compile'])
    expect(late.text).toContain(`workspace/${free.name}/potions`)
    await outOfForce(free.id)
  })

  test('of two that come at the same moment and cannot stand beside each other, one is refused', async () => {
    const line = 'Never take the sacred potion.'
    const policy = { no_go_zones: [zone({ name: 'potions', phrases: ['sacred potion'], line: 'No.' })] }
    for (let round = 0; round < 3; round += 1) {
      const agent = await draftAgent(api.a, { ...scriptedDocument(), policy: { no_go_zones: [zone({ line })] } })
      const made = await create(policy, { agents: [agent.id] })
      const answers = await Promise.all([
        act(made.id, 'publish'),
        api.a.call('POST', `/v1/agents/${agent.id}/publish`, { body: {} }),
      ])
      expect(answers.map(({ status }) => status).toSorted((left, right) => left - right)).toEqual([201, 422])
    }
  })

  test('versions and the draft are compared rule by rule', async () => {
    const made = await create({ no_go_zones: [zone()] })
    await publish(made.id)
    const next = { no_go_zones: [zone({ phrases: ['forbidden dose', 'secret dose'] }), zone({ name: 'more' })] }
    await api.a.call('PATCH', `/v1/policies/${made.id}`, { body: { document: next } })
    const answer = await api.a.call('GET', `/v1/policies/${made.id}/diff`)
    const diff = documentDiffSchema.parse(answer.body)
    expect(diff).toMatchObject({ from: 1, to: 'draft', complete: true })
    expect(diff.changes).toMatchObject([
      { change: 'added', rule: 'dosage', pointer: '/no_go_zones/0/phrases/1', to: 'secret dose' },
      { change: 'added', rule: 'more', pointer: '/no_go_zones/1' },
    ])
    await publish(made.id)
    const back = documentDiffSchema.parse((await api.a.call('GET', `/v1/policies/${made.id}/diff?from=2&to=1`)).body)
    expect(back.changes.map(({ change }) => change)).toEqual(['removed', 'removed'])
    const none = await api.a.call('GET', `/v1/policies/${made.id}/diff?from=7&to=1`)
    expect([none.status, none.code()]).toEqual([404, 'policy.version_not_found'])
    const listed = pageSchema(policyVersionSchema).parse(
      (await api.a.call('GET', `/v1/policies/${made.id}/versions`)).body,
    )
    expect(listed.data.map(({ version, current }) => [version, current])).toEqual([
      [2, true],
      [1, false],
    ])
    expect((await api.a.call('GET', `/v1/policies/${made.id}/versions/1`)).body).toMatchObject({ version: 1 })
    await outOfForce(made.id)
  })

  test('what decides cannot be deleted; what was taken out can, and its name is free', async () => {
    const made = await create({ no_go_zones: [zone()] })
    await publish(made.id)
    const kept = await api.a.call('DELETE', `/v1/policies/${made.id}`)
    expect([kept.status, kept.code()]).toEqual([409, 'policy.in_force'])
    await outOfForce(made.id)
    expect((await api.a.call('DELETE', `/v1/policies/${made.id}`)).status).toBe(204)
    expect((await api.a.call('GET', `/v1/policies/${made.id}`)).status).toBe(404)
    expect((await api.a.call('POST', '/v1/policies', { body: { name: made.name } })).status).toBe(201)
  })

  test('a version in the shadow decides beside what is in force: recorded, and nothing is done of it', async () => {
    const agent = await publishedAgent(api.a)
    const made = await create({ no_go_zones: [zone({ stages: ['input', 'output'] })] }, { agents: [agent.id] })
    await publish(made.id)
    await outOfForce(made.id)
    expect((await act(made.id, 'shadow', { version: 9, share: 50 })).code()).toBe('policy.version_not_found')
    expect((await act(made.id, 'shadow', { share: 100 })).body).toMatchObject({ shadow: { version: 1, share: 100 } })
    const heard = await heardBy(agent)
    expect(heard.text).toBe('The forbidden dose is high.')
    expect(heard.names).not.toContain('guard')
    const decisions = await decisionsOf(heard.session.id)
    expect(new Set(decisions.map(({ stage, mode, action }) => `${stage} ${mode} ${action}`))).toEqual(
      new Set(['input shadow replace', 'output shadow replace']),
    )
    expect(decisions.find(({ stage }) => stage === 'output')?.blocked_text).toContain('forbidden dose')
    const events = await api.ask(
      `select 1 from tenant.outbox where type = 'guard.triggered' and user_id = (select user_id from tenant.sessions where id = $1)`,
      [heard.session.uuid],
    )
    expect(events).toEqual([])
    const [counted] = await api.ask<{ guard_count: number }>('select guard_count from tenant.sessions where id = $1', [
      heard.session.uuid,
    ])
    expect(counted?.guard_count).toBe(0)
    expect((await api.a.call('DELETE', `/v1/policies/${made.id}`)).code()).toBe('policy.in_force')
    await act(made.id, 'shadow', { share: 0 })
    expect(await decisionsOf((await heardBy(agent)).session.id)).toEqual([])
  })

  test('a topic in the shadow that does not rest for this person withholds nothing there either', async () => {
    const agent = await publishedAgent(api.a)
    const topic = { name: 'ex', phrases: ['your ex'], line: 'We leave that alone.' }
    const always = { ...topic, name: 'dog', phrases: ['your dog'], starts: { always: true } }
    const made = await create({ topic_cooldowns: [topic, always] }, { agents: [agent.id] })
    await publish(made.id)
    await outOfForce(made.id)
    await act(made.id, 'shadow', { share: 100 })
    const session = await createdSession(api.a, agent, { user_id: newId() })
    await say(api, session, 'say How is your ex?')
    expect(await decisionsOf(session.id)).toEqual([])
    await say(api, session, 'say How is your ex, and your dog?')
    expect((await decisionsOf(session.id)).map(({ mode, rule_ids: ids }) => [mode, ids])).toContainEqual([
      'shadow',
      [`workspace/${made.name}/topic.dog`],
    ])
    // Asked for in a session, it rests there for the shadow, and for nobody else.
    const asking = await createdSession(api.a, agent, { user_id: newId() })
    const text = 'I do not want to talk about your ex any more.'
    expect((await say(api, asking, `say ${text}`)).text).toBe(text)
    const shadowed = (await decisionsOf(asking.id)).map(({ stage, mode, action, rule_ids: ids }) => [
      stage,
      mode,
      action,
      ids,
    ])
    const ex = [`workspace/${made.name}/topic.ex`]
    expect(shadowed).toContainEqual(['input', 'shadow', 'annotate', ex])
    expect(shadowed).toContainEqual(['output', 'shadow', 'replace', ex])
    const resting = 'select 1 from tenant.topic_cooldowns where topic = $1'
    expect(await api.ask(resting, ex)).toEqual([])
    await act(made.id, 'shadow', { share: 0 })
  })

  test('a loosened preset is audited with its reason when it is published', async () => {
    const loosen = { reason: 'Counsel has agreed in writing.', name: 'Ada' }
    const hours = [{ days: ['mon'], from: '07:00', to: '22:00' }]
    const made = await create({ sleep_windows: [{ name: 'night', preset: 'us-federal', hours, loosen }] })
    await publish(made.id)
    const [event] = await auditedActions(api, api.a.id, 'policy.published')
    expect(event?.after).toMatchObject({ loosened: [{ window: 'night', preset: 'us-federal', ...loosen }] })
    await outOfForce(made.id)
  })

  test('a control of a sensitive agent counts as set when a policy of the workspace sets it', async () => {
    const waivers = ['escalation_rules', 'sleep_windows', 'fatigue', 'topic_cooldowns'].map((control) => ({
      control,
      reason: 'Not needed in this test.',
      name: 'Ada',
    }))
    const agent = await draftAgent(api.a, { ...scriptedDocument(), sensitivity: 'sensitive', waivers })
    const refused = await api.a.call('POST', `/v1/agents/${agent.id}/publish`, { body: {} })
    expect(refused.code()).toBe('agent.launch_gate')
    const made = await create({ no_go_zones: [zone()] }, { agents: [agent.id] })
    await publish(made.id)
    expect((await api.a.call('POST', `/v1/agents/${agent.id}/publish`, { body: {} })).status).toBe(201)
    // What it was launched with, no act on the policy takes away behind its back.
    const other = await publishedAgent(api.a)
    const path = `/v1/policies/${made.id}`
    await api.a.call('PATCH', path, { body: { document: { sleep_windows: [] } } })
    const acts = {
      'another version': () => act(made.id, 'publish'),
      'out of force': () => act(made.id, 'rollback', { version: null }),
      'another list of agents': () => api.a.call('PATCH', path, { body: { agents: [other.id] } }),
    }
    for (const [name, tried] of Object.entries(acts)) {
      const answer = await tried()
      expect([name, answer.status, answer.code()]).toEqual([name, 409, 'agent.launch_gate'])
      expect(answer.pointers()).toEqual(['/no_go_zones'])
      expect(answer.text).toContain(agent.id)
    }
    expect((await api.a.call('DELETE', path)).code()).toBe('policy.in_force')
    expect((await heardBy(agent)).text).toBe('The Please ask a doctor. is high.')
    // With the control in a policy of its own, the other one may go, and then its own may not.
    const own = { ...scriptedDocument(), sensitivity: 'sensitive' as const, waivers }
    const patched = { document: { ...own, policy: { no_go_zones: [zone({ name: 'own' })] } } }
    await api.a.call('PATCH', `/v1/agents/${agent.id}`, { body: patched })
    expect((await api.a.call('POST', `/v1/agents/${agent.id}/publish`, { body: {} })).status).toBe(201)
    await outOfForce(made.id)
    const back = await api.a.call('POST', `/v1/agents/${agent.id}/rollback`, { body: { version: 1 } })
    expect([back.status, back.code(), back.pointers()]).toEqual([409, 'agent.launch_gate', ['/policy/no_go_zones']])
  })

  test('a roll back to a version without a control that a sensitive agent needs is refused, and one that takes nothing is not', async () => {
    const waivers = ['escalation_rules', 'sleep_windows', 'fatigue', 'topic_cooldowns'].map((control) => ({
      control,
      reason: 'Not needed in this test.',
      name: 'Ada',
    }))
    const agent = await draftAgent(api.a, { ...scriptedDocument(), sensitivity: 'sensitive', waivers })
    const made = await create({}, { agents: [agent.id] })
    await publish(made.id)
    await api.a.call('PATCH', `/v1/policies/${made.id}`, { body: { document: { no_go_zones: [zone()] } } })
    await publish(made.id)
    expect((await act(made.id, 'rollback', { version: 1 })).status).toBe(200)
    expect((await act(made.id, 'rollback', { version: 2 })).status).toBe(200)
    expect((await api.a.call('POST', `/v1/agents/${agent.id}/publish`, { body: {} })).status).toBe(201)
    const refused = await act(made.id, 'rollback', { version: 1, reason: 'too strict' })
    expect([refused.status, refused.code(), refused.pointers()]).toEqual([409, 'agent.launch_gate', ['/no_go_zones']])
    expect((await api.a.call('GET', `/v1/policies/${made.id}`)).body).toMatchObject({ published_version: 2 })
    const everybody = await api.a.call('PATCH', `/v1/policies/${made.id}`, { body: { agents: [] } })
    expect(everybody.status).toBe(200)
    const narrowed = await api.a.call('PATCH', `/v1/policies/${made.id}`, { body: { agents: [agent.id] } })
    expect(narrowed.status).toBe(200)
  })

  test('reviewers and auditors read, builders write, and a key that is limited to agents does neither', async () => {
    const made = await create()
    const reviewer = await api.a.makeOperatorToken('reviewer')
    expect((await api.a.call('GET', `/v1/policies/${made.id}`, { credential: reviewer })).status).toBe(200)
    const written = await api.a.call('PATCH', `/v1/policies/${made.id}`, {
      credential: reviewer,
      body: { document: {} },
    })
    expect(written.status).toBe(403)
    const agent = await publishedAgent(api.a)
    const limited = await api.a.makeKey(['policies:read', 'policies:write'], { agents: [agent.uuid] })
    expect((await api.a.call('GET', '/v1/policies', { credential: limited })).code()).toBe('api_key.agent_refused')
    expect((await api.b.call('GET', `/v1/policies/${made.id}`)).status).toBe(404)
  })
})
