/** A key that is limited to some agents, against every route that names an agent or a session. */
import { encodeId, pageSchema } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type Api, allScopes, newId, openApi } from '../api/api-harness.ts'
import type { Answer } from '../api/call-api.ts'
import { createdSource } from '../api/knowledge-worker.ts'
import { createdSession, draftAgent, publishedAgent, verifiedWebhook } from '../api/made-things.ts'
import { readRoutes } from '../api/read-routes.ts'
import { calledPerson } from '../api/two-workspaces.ts'

const idSchema = z.object({ id: z.string() })

let api: Api
beforeAll(async () => {
  api = await openApi()
})
afterAll(() => api.close())

describe('a key for some agents', () => {
  /** Routes that a key may reach and that say nothing about an agent. */
  const ofNoAgent = new Set([
    'POST /v1/users',
    'GET /v1/users',
    'GET /v1/users/{id}',
    'PATCH /v1/users/{id}',
    'GET /v1/workspaces/current',
    // Public keys.
    'GET /v1/evidence-keys',
    // What a person agreed to, and what it wants to be left alone, belongs to the person.
    'POST /v1/users/{id}/consents',
    'GET /v1/users/{id}/consents',
    'POST /v1/users/{id}/topic-cooldowns',
    'GET /v1/users/{id}/topic-cooldowns',
    'DELETE /v1/topic-cooldowns/{id}',
  ])
  const bodies: Readonly<Record<string, object>> = {
    'PATCH /v1/agents/{id}': { name: 'taken over' },
    'POST /v1/agents/{id}/publish': {},
    'POST /v1/agents/{id}/rollback': { version: 1 },
    'POST /v1/webhooks': { url: 'https://hooks.example.com/x', event_types: ['*'] },
    'PATCH /v1/webhooks/{id}': { description: 'taken over' },
    'POST /v1/knowledge': { name: 'taken over', text: 'words' },
    'PATCH /v1/knowledge/{id}': { name: 'taken over' },
    'POST /v1/policies': { name: 'taken-over' },
    'POST /v1/policies/{id}/rollback': { version: 1 },
    'POST /v1/policies/{id}/shadow': { version: 1, share: 10 },
    'POST /v1/policies/{id}/replay': { sessions: 1 },
    'POST /v1/escalations/{id}/messages': { text: 'x' },
    'POST /v1/escalations/{id}/resolve': { outcome: 'dismissed' },
    'POST /v1/contact-attempts/{id}/outcome': { outcome: 'placed' },
    'POST /v1/contact-attempts': { agent_id: encodeId('agent', newId()), user_id: 'u' },
    'POST /v1/webhooks/{id}/test': { type: 'session.started' },
    'POST /v1/webhooks/{id}/replay': { since: new Date().toISOString() },
  }

  test('reaches another agent and its sessions by no route: they are as if they were not there', async () => {
    const [own, other] = [await publishedAgent(api.a), await publishedAgent(api.a)]
    const ids = {
      agents: { own: own.id, other: other.id, none: encodeId('agent', newId()) },
      sessions: {
        own: (await createdSession(api.a, own)).id,
        other: (await createdSession(api.a, other)).id,
        none: encodeId('session', newId()),
      },
    }
    const key = await api.a.makeKey(allScopes, { agents: [own.uuid] })
    const everything = await api.a.makeKey(allScopes)
    const routes = (await readRoutes(api)).filter(({ permission }) => permission !== undefined)
    const tried = new Set<string>()
    for (const { name, method, path } of routes) {
      const noun = path.startsWith('/v1/agents/') ? 'agents' : path.startsWith('/v1/sessions/') ? 'sessions' : undefined
      if (noun === undefined) continue
      tried.add(name)
      const ask = (id: string, credential = key) =>
        api.a.call(method, path.replace('{id}', id), { credential, body: bodies[name] })
      const [theirs, none] = [await ask(ids[noun].other), await ask(ids[noun].none)]
      const text = ({ text: body }: Answer) => body.replace(/"request_id":"[^"]+"/, '')
      expect([name, theirs.status, text(theirs)]).toEqual([name, 404, text(none)])
      // The same request for the agent that it may use is answered, or the one above proves nothing.
      expect([name, (await ask(ids[noun].own)).status < 300]).toEqual([name, true])
    }
    expect(tried.size).toBeGreaterThan(8)

    const start = (id: string) =>
      api.a.call('POST', '/v1/sessions', { credential: key, body: { agent_id: id, user_id: 'u' } })
    expect([(await start(other.id)).status, (await start(own.id)).status]).toEqual([404, 201])
    for (const path of ['/v1/agents', '/v1/sessions']) {
      const list = await api.a.call('GET', `${path}?limit=200`, { credential: key })
      const all = await api.a.call('GET', `${path}?limit=200`, { credential: everything })
      expect([list.text.includes(own.id), list.text.includes(other.id)]).toEqual([true, false])
      expect([all.text.includes(own.id), all.text.includes(other.id)]).toEqual([true, true])
    }
    for (const [method, path, body] of [
      ['POST', '/v1/agents', { name: 'x', document: {} }],
      ['GET', '/v1/audit-events', undefined],
    ] as const) {
      const document = { persona: { prompt: 'p' }, model: { kind: 'scripted', script: { rules: [] } }, policy: {} }
      const answer = await api.a.call(method, path, { credential: key, body: body && { ...body, document } })
      expect([path, answer.status, answer.code()]).toEqual([path, 403, 'api_key.agent_refused'])
    }
    // Endpoints get the events of every agent, so who is limited to some has none.
    const webhook = (await verifiedWebhook(api.a)).id
    for (const { name, method, path } of routes.filter((route) => route.path.startsWith('/v1/webhooks'))) {
      tried.add(name)
      for (const id of [webhook, encodeId('webhook', newId())]) {
        const answer = await api.a.call(method, path.replace('{id}', id), { credential: key, body: bodies[name] })
        expect([name, answer.status, answer.code()]).toEqual([name, 403, 'api_key.agent_refused'])
      }
    }
    // A document may be another agent's.
    const source = (await createdSource(api.a)).id
    for (const { name, method, path } of routes.filter((route) => route.path.startsWith('/v1/knowledge'))) {
      tried.add(name)
      for (const id of [source, encodeId('knowledge', newId())]) {
        const answer = await api.a.call(method, path.replace('{id}', id), { credential: key, body: bodies[name] })
        expect([name, answer.status, answer.code()]).toEqual([name, 403, 'api_key.agent_refused'])
      }
    }
    // A policy holds other agents, too.
    const policy = idSchema.parse((await api.a.call('POST', '/v1/policies', { body: { name: 'of-all' } })).body).id
    for (const { name, method, path } of routes.filter((route) => route.path.startsWith('/v1/policies'))) {
      tried.add(name)
      for (const id of [policy, encodeId('policy', newId())]) {
        const place = path.replace('{id}', id).replace('{version}', '1')
        const body = bodies[name] ?? (method === 'GET' ? undefined : {})
        const answer = await api.a.call(method, place, { credential: key, body })
        expect([name, answer.status, answer.code()]).toEqual([name, 403, 'api_key.agent_refused'])
      }
    }
    const ofOther = {
      escalations: await calledPerson(api, api.a, other),
      'contact-attempts': idSchema.parse(
        (await api.a.call('POST', '/v1/contact-attempts', { body: { agent_id: other.id, user_id: 'u' } })).body,
      ).id,
    }
    for (const [noun, id] of Object.entries(ofOther)) {
      for (const { name, method, path } of routes.filter((route) => route.path.startsWith(`/v1/${noun}`))) {
        tried.add(name)
        const body = bodies[name]
        const answer = await api.a.call(method, path.replace('{id}', id), { credential: key, body })
        if (path.includes('{id}')) expect([name, answer.status]).toEqual([name, 404])
        else expect([name, answer.text.includes(id)]).toEqual([name, false])
      }
    }
    for (const name of ['GET /v1/agents', 'GET /v1/sessions', 'POST /v1/sessions', 'POST /v1/agents']) tried.add(name)
    // The log tells of every agent.
    for (const { name, method, path } of routes.filter((route) =>
      /^\/v1\/(audit-|retention|legal-holds)/.test(route.path),
    )) {
      tried.add(name)
      const id = encodeId(path.includes('legal-holds') ? 'legalHold' : 'auditEvent', newId())
      const body = name === 'POST /v1/legal-holds' ? { reason: 'x' } : method === 'PUT' ? {} : undefined
      const answer = await api.a.call(method, path.replace('{id}', id), { credential: key, body })
      expect([name, answer.status, answer.code()]).toEqual([name, 403, 'api_key.agent_refused'])
    }
    const forKeys = await reachable(everything, routes)
    expect(forKeys.filter((name) => !tried.has(name) && !ofNoAgent.has(name))).toEqual([])
  })

  /** The routes that a key with every scope gets through to. */
  const reachable = async (
    key: string,
    routes: readonly { name: string; method: string; path: string }[],
  ): Promise<readonly string[]> => {
    const answers = await Promise.all(
      routes.map(async ({ name, method, path }) => {
        const answer = await api.a.call(method, path.replace('{id}', 'none'), { credential: key })
        return answer.status === 403 ? [] : [name]
      }),
    )
    return answers.flat()
  }

  test('keeps its limits when the same request is repeated for another agent under its idempotency key', async () => {
    const [own, other] = [await publishedAgent(api.a), await publishedAgent(api.a)]
    const key = await api.a.makeKey(['sessions:write'], { agents: [own.uuid] })
    const start = (id: string) =>
      api.a.call('POST', '/v1/sessions', {
        credential: key,
        body: { agent_id: id, user_id: 'u' },
        headers: { 'idempotency-key': 'again' },
      })
    expect((await start(own.id)).status).toBe(201)
    expect((await start(other.id)).code()).toBe('idempotency.mismatch')
  })

  test('is of no use once its only agent belongs to nobody', async () => {
    const gone = await draftAgent(api.a)
    const key = await api.a.makeKey(['agents:read', 'sessions:read'], { agents: [gone.uuid] })
    await api.ask('delete from tenant.agents where id = $1', [gone.uuid])
    expect(
      pageSchema(z.unknown()).parse((await api.a.call('GET', '/v1/agents', { credential: key })).body).data,
    ).toEqual([])
  })
})
