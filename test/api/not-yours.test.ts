/**
 * "Not yours" and "not there" are the same answer (product.md): for every route of the API document that takes an id, an id
 * of another workspace, one that nobody has, and one that is none get the same status and the same body.
 */
import { encodeId } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { scriptedDocument } from './agent-documents.ts'
import { type Api, newId, openApi } from './api-harness.ts'
import { createdSession, publishedAgent } from './made-things.ts'
import { type ApiRoute, readRoutes } from './read-routes.ts'
import { send } from './talk.ts'
import { type Ids, inhabit, isNoun, kindOf, type Noun } from './two-workspaces.ts'

/** A body that every route with this operation would take. */
const bodies: Readonly<Record<string, object>> = {
  'PATCH /v1/agents/{id}': { name: 'x' },
  'POST /v1/agents/{id}/publish': {},
  'PATCH /v1/policies/{id}': {},
  'POST /v1/policies/{id}/check': {},
  'POST /v1/policies/{id}/publish': {},
  'POST /v1/policies/{id}/replay': {},
  'POST /v1/policies/{id}/rollback': { version: null },
  'POST /v1/policies/{id}/shadow': { share: 0 },
  'POST /v1/agents/{id}/rollback': { version: 1 },
  'PATCH /v1/users/{id}': { language: 'en' },
  'POST /v1/users/{id}/topic-cooldowns': { topic: 'agent/topic.x' },
  'PATCH /v1/api-keys/{id}': { label: 'x' },
  'POST /v1/credentials/{id}/rotate': { secret: 'sk-87654321' },
  'PATCH /v1/members/{id}': { role: 'auditor' },
  'PATCH /v1/webhooks/{id}': { description: 'x' },
  'PATCH /v1/knowledge/{id}': { name: 'x' },
  'POST /v1/contact-attempts/{id}/outcome': { outcome: 'placed' },
  'POST /v1/users/{id}/consents': { state: 'withdrawn' },
  'POST /v1/escalations/{id}/messages': { text: 'x' },
  'POST /v1/escalations/{id}/resolve': { outcome: 'dismissed' },
  'POST /v1/webhooks/{id}/test': { type: 'session.started' },
  'POST /v1/webhooks/{id}/replay': { since: new Date().toISOString() },
}

const isClosedByAnAct: ReadonlySet<string> = new Set(['escalations', 'contact-attempts'])

describe('what belongs to another workspace', () => {
  let api: Api
  let routes: readonly ApiRoute[]
  /** Ids of things of workspace B, each of which exists and is found from inside B. */
  let theirs: Ids
  let operator: string
  beforeAll(async () => {
    api = await openApi()
    routes = (await readRoutes(api)).filter(({ path, permission }) => path.includes('{id}') && permission !== undefined)
    operator = await api.a.makeOperatorToken()
    theirs = (await inhabit(api, api.b, 'theirs')).ids
  })
  afterAll(() => api.close())

  const ask = (route: ApiRoute, id: string, from: 'a' | 'b', credential?: string) =>
    api[from].call(route.method, route.path.replace('{id}', id).replace('{version}', '1'), {
      body: bodies[route.name],
      ...(credential === undefined ? {} : { credential }),
    })

  test('every route with an id is asked', () => {
    expect(routes.map(({ name }) => name).sort()).toEqual([
      'DELETE /v1/credentials/{id}',
      'DELETE /v1/invitations/{id}',
      'DELETE /v1/knowledge/{id}',
      'DELETE /v1/members/{id}',
      'DELETE /v1/policies/{id}',
      'DELETE /v1/topic-cooldowns/{id}',
      'DELETE /v1/webhooks/{id}',
      'GET /v1/agents/{id}',
      'GET /v1/agents/{id}/diff',
      'GET /v1/agents/{id}/tools',
      'GET /v1/agents/{id}/versions',
      'GET /v1/api-keys/{id}',
      'GET /v1/audit-events/{id}/proof',
      'GET /v1/contact-attempts/{id}',
      'GET /v1/credentials/{id}',
      'GET /v1/credentials/{id}/openings',
      'GET /v1/credentials/{id}/versions',
      'GET /v1/escalations/{id}',
      'GET /v1/escalations/{id}/messages',
      'GET /v1/invitations/{id}',
      'GET /v1/knowledge/{id}',
      'GET /v1/knowledge/{id}/chunks',
      'GET /v1/members/{id}',
      'GET /v1/policies/{id}',
      'GET /v1/policies/{id}/diff',
      'GET /v1/policies/{id}/versions',
      'GET /v1/policies/{id}/versions/{version}',
      'GET /v1/sessions/{id}',
      'GET /v1/sessions/{id}/decisions',
      'GET /v1/sessions/{id}/traces',
      'GET /v1/sessions/{id}/turns',
      'GET /v1/users/{id}',
      'GET /v1/users/{id}/consents',
      'GET /v1/users/{id}/topic-cooldowns',
      'GET /v1/webhooks/{id}',
      'GET /v1/webhooks/{id}/attempts',
      'GET /v1/webhooks/{id}/deliveries',
      'PATCH /v1/agents/{id}',
      'PATCH /v1/api-keys/{id}',
      'PATCH /v1/knowledge/{id}',
      'PATCH /v1/members/{id}',
      'PATCH /v1/policies/{id}',
      'PATCH /v1/users/{id}',
      'PATCH /v1/webhooks/{id}',
      'POST /v1/agents/{id}/publish',
      'POST /v1/agents/{id}/rollback',
      'POST /v1/api-keys/{id}/revoke',
      'POST /v1/api-keys/{id}/rotate',
      'POST /v1/contact-attempts/{id}/cancel',
      'POST /v1/contact-attempts/{id}/outcome',
      'POST /v1/credentials/{id}/revoke',
      'POST /v1/credentials/{id}/rotate',
      'POST /v1/credentials/{id}/test',
      'POST /v1/credentials/{id}/versions/{version}/revoke',
      'POST /v1/escalations/{id}/claim',
      'POST /v1/escalations/{id}/messages',
      'POST /v1/escalations/{id}/release',
      'POST /v1/escalations/{id}/resolve',
      'POST /v1/escalations/{id}/return',
      'POST /v1/invitations/{id}/send',
      'POST /v1/knowledge/{id}/reprocess',
      'POST /v1/legal-holds/{id}/release',
      'POST /v1/policies/{id}/check',
      'POST /v1/policies/{id}/publish',
      'POST /v1/policies/{id}/replay',
      'POST /v1/policies/{id}/rollback',
      'POST /v1/policies/{id}/shadow',
      'POST /v1/sessions/{id}/end',
      'POST /v1/users/{id}/consents',
      'POST /v1/users/{id}/topic-cooldowns',
      'POST /v1/webhooks/{id}/disable',
      'POST /v1/webhooks/{id}/enable',
      'POST /v1/webhooks/{id}/replay',
      'POST /v1/webhooks/{id}/rotate-secret',
      'POST /v1/webhooks/{id}/test',
      'POST /v1/webhooks/{id}/verify',
    ])
  })

  test('is answered as what nobody has and as what is no id, and stays as it was', async () => {
    for (const route of routes) {
      const noun = nounOf(route)
      const [kind, id] = [kindOf[noun], theirs[noun]]
      const others = Object.values(kindOf).filter((other) => other !== kind)
      const asked = [
        id,
        encodeId(kind, newId()),
        encodeId(others[0] ?? 'agent', newId()),
        id.toUpperCase(),
        `${id.slice(0, -1)}u`,
        newId(),
        'x',
        '%27%20or%201=1--',
        '%00',
        'x'.repeat(64),
      ]
      const answers = await Promise.all(asked.map((one) => ask(route, one, 'a', operator)))
      for (const [index, answer] of answers.entries()) {
        expect([route.name, asked[index], answer.status, withoutRequestId(answer.text)]).toEqual([
          route.name,
          asked[index],
          404,
          withoutRequestId(answers[0]?.text ?? ''),
        ])
      }
    }
    // The same requests from inside B are answered, or the ones above prove nothing.
    const inside = await api.b.makeOperatorToken()
    for (const route of routes.filter(({ method }) => method !== 'DELETE')) {
      const own = await ask(route, theirs[nounOf(route)], 'b', inside)
      // What the first act closes refuses the next ones for that: it was found.
      const isFound = own.status < 300 || (isClosedByAnAct.has(nounOf(route)) && own.status === 409)
      expect([route.name, own.status, isFound]).toEqual([route.name, own.status, true])
    }
  })

  test('cannot be named in a body either', async () => {
    const model = { kind: 'openai_compatible' as const, provider: 'openai' as const, model: 'm' }
    const session = (id: string) => api.a.call('POST', '/v1/sessions', { body: { agent_id: id, user_id: 'u' } })
    const [one, two] = [await session(theirs.agents), await session(encodeId('agent', newId()))]
    expect([one.status, withoutRequestId(one.text)]).toEqual([404, withoutRequestId(two.text)])
    const publish = async (credentialId: string) => {
      const document = scriptedDocument({ model: { ...model, credential_id: credentialId } })
      const made = await api.a.call('POST', '/v1/agents', { body: { name: 'x', document } })
      return api.a.call('POST', `/v1/agents/${idOf(made.body)}/publish`, { body: {} })
    }
    const [three, four] = [await publish(theirs.credentials), await publish(encodeId('credential', newId()))]
    expect([three.status, withoutRequestId(three.text)]).toEqual([409, withoutRequestId(four.text)])
  })

  test('a session token speaks in its own session only, whatever the other one is', async () => {
    const own = await createdSession(api.a, await publishedAgent(api.a))
    const other = await createdSession(api.a, await publishedAgent(api.a))
    const ids = [theirs.sessions, other.id, encodeId('session', newId()), 'x', 'x'.repeat(64)]
    const answers = await Promise.all(ids.map((id) => send(api, { id, token: own.token }, 'hi')))
    const texts = await Promise.all(answers.map(async (answer) => withoutRequestId(await answer.text())))
    expect(answers.map(({ status }) => status)).toEqual(ids.map(() => 401))
    expect(new Set(texts).size).toBe(1)
  })

  test('a cursor of another workspace shows nothing of it', async () => {
    const page = await api.b.call('GET', '/v1/agents?limit=1')
    await publishedAgent(api.b)
    const cursor = Buffer.from(newId(), 'latin1').toString('base64url')
    const list = await api.a.call('GET', `/v1/agents?cursor=${cursor}`)
    expect(list.text).not.toContain(theirs.agents)
    expect(page.status).toBe(200)
  })
})

function nounOf({ name, path }: ApiRoute): Noun {
  const noun = path.split('/')[2] ?? ''
  if (!isNoun(noun)) throw new Error(`${name}: nothing of B to ask for`)
  return noun
}

function withoutRequestId(text: string): string {
  return text.replace(/"request_id":"req_[0-9a-z]{26}"/, '')
}

function idOf(body: unknown): string {
  if (typeof body === 'object' && body !== null && 'id' in body && typeof body.id === 'string') return body.id
  throw new Error(`no id in ${JSON.stringify(body)}`)
}
