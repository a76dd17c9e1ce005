/** The matrix against the routes: each scope alone, each aggregate and each role, on every route of the API document. */
import { type Permission, permissions, type Role, roles, type Scope } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Api, openApi } from './api-harness.ts'
import { openRoutes } from './open-routes.ts'
import { type ApiRoute, readRoutes } from './read-routes.ts'

const single = Object.keys(permissions).filter((name): name is Permission => Object.hasOwn(permissions, name))
const scopes: readonly Scope[] = [...single, 'workspace:read', 'workspace:write']

/** Where the path is another word than the permission. */
const segmentsOf: Readonly<Record<string, readonly string[]>> = {
  transcripts: ['turns'],
  members: ['members', 'invitations'],
  // What a person wants to be left alone is read and changed with the person.
  users: ['users', 'topic-cooldowns'],
  contact: ['contact', 'consents'],
  own_memberships: ['me'],
  // The keys that verify the log are read by who may read it.
  audit: ['audit', 'evidence-keys'],
  privacy: ['retention', 'legal-holds'],
}

/** They stand in the matrix so that a key or a role of today gains nothing unasked when the routes come. */
const withoutRoute: readonly Permission[] = []

/** What the matrix says, written a second time and not by calling what is tested. */
function keyMay(scope: Scope, permission: Permission): boolean {
  const { key } = permissions[permission]
  if (key === 'never') return false
  if (scope === permission) return true
  if (key === 'sensitive') return false
  return scope === 'workspace:write' || (scope === 'workspace:read' && permission.endsWith(':read'))
}

/** GETs whose answer comes from another server. */
/** Judge a body and change nothing. */
const changesNothing = new Set([
  'POST /v1/escalations/live-tickets',
  'POST /v1/policies/{id}/check',
  'POST /v1/policies/{id}/replay',
])
const asksElsewhere = new Set(['GET /v1/agents/{id}/tools'])

describe('permissions', () => {
  let api: Api
  let routes: readonly (ApiRoute & { permission: Permission })[]
  beforeAll(async () => {
    api = await openApi()
    routes = (await readRoutes(api)).flatMap((route) =>
      route.permission === undefined ? [] : [{ ...route, permission: route.permission }],
    )
  })
  afterAll(() => api.close())

  /** Which routes let the credential through: anything but 403, since none of them is given what it needs to succeed. */
  const passed = async (credential: string): Promise<readonly string[]> => {
    // The budget of a workspace is for a minute, and this asks every route.
    api.pass(60_000)
    const answers = await Promise.all(
      routes.map(async ({ name, method, path }) => {
        const body = method === 'GET' || method === 'DELETE' ? undefined : { nothing: 'that any route takes' }
        // A key that is malformed is looked at behind the permission and before anything is done: nobody leaves or signs out.
        const headers = { 'idempotency-key': 'not one' }
        const answer = await api.a.call(method, path.replace('{id}', 'none'), { credential, body, headers })
        expect(answer.status).not.toBe(429)
        if (answer.status === 403) expect(answer.code()).toBe('api_key.scope_missing')
        return { name, passed: answer.status !== 403 && answer.status !== 401 }
      }),
    )
    return answers.flatMap((answer) => (answer.passed ? [answer.name] : []))
  }

  test('every route that the app has names a permission of the matrix, or is open for a reason that is written down', async () => {
    const served = new Set(
      api.app.routes
        .filter(({ method }) => method !== 'ALL')
        .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`),
    )
    const decided = new Set([...routes.map(({ name }) => name), ...Object.keys(openRoutes)])
    expect([...served].filter((name) => !decided.has(name))).toEqual([])
    expect(routes.filter(({ name }) => !served.has(name))).toEqual([])
    expect(Object.keys(openRoutes).filter((name) => !served.has(name))).toEqual([])
    expect(routes.filter(({ name }) => Object.hasOwn(openRoutes, name))).toEqual([])
    expect(routes.length).toBeGreaterThan(30)
  })

  test('every permission of the matrix opens a route, or is known to open none yet', () => {
    const used = new Set(routes.map(({ permission }) => permission))
    expect(single.filter((permission) => !used.has(permission))).toEqual(withoutRoute)
  })

  test('a route’s permission is of its own noun, and reading needs no more than reading', () => {
    for (const { name, method, permission } of routes) {
      const [noun = '', verb] = permission.split(':')
      const segments = name.split('/')
      const words = segmentsOf[noun] ?? [noun.replace('_', '-')]
      expect([name, segments.some((segment) => words.some((word) => segment.startsWith(word)))]).toEqual([name, true])
      // An endpoint's URL and what it answers are no less than the right to set it up; what asks somebody else with a sealed
      // key is more than reading.
      if (verb !== 'admin' && !asksElsewhere.has(name) && !changesNothing.has(name))
        expect([name, verb === 'read']).toEqual([name, method === 'GET'])
    }
  })

  test.each(scopes)('a key with the scope %s alone passes exactly where the matrix says', async (scope) => {
    const expected = routes.filter(({ permission }) => keyMay(scope, permission)).map(({ name }) => name)
    expect(await passed(await api.a.makeKey([scope]))).toEqual(expected)
  })

  test('all scopes together are never credentials, members or keys', async () => {
    const reached = await passed(await api.a.makeKey(scopes))
    expect(reached).toEqual(
      routes.filter(({ permission }) => permissions[permission].key !== 'never').map(({ name }) => name),
    )
    expect(reached.some((name) => /credential|member|api-key/.test(name))).toBe(false)
  })

  test.each(roles)('an operator who is %s passes exactly where the matrix says', async (role: Role) => {
    const may = (permission: Permission): boolean => permissions[permission].roles.some((one) => one === role)
    const expected = routes.filter(({ permission }) => may(permission)).map(({ name }) => name)
    expect(await passed(await api.a.makeOperatorToken(role))).toEqual(expected)
  })

  test('without a credential, with one of another kind, or with garbage nothing is reached', async () => {
    for (const credential of [undefined, 'x', 'hyp_test_x', 'hyp_live_', `${api.a.key}x`, api.a.key.slice(0, -1)]) {
      for (const { method, path } of routes) {
        const answer = await api.a.call(method, path.replace('{id}', 'none'), { credential })
        expect([path, answer.status, answer.headers.get('www-authenticate')]).toEqual([path, 401, 'Bearer'])
      }
    }
  })

  test('a key of workspace A reads A and never B, whatever it asks for', async () => {
    const path = '/v1/agents'
    await api.b.call('POST', path, {
      body: {
        name: 'Theirs',
        document: { persona: { prompt: 'p' }, model: { kind: 'scripted', script: { rules: [] } }, policy: {} },
      },
    })
    expect((await api.b.call('GET', path)).text).toContain('Theirs')
    for (const headers of [{}, { 'x-workspace-id': api.b.id }, { 'x-workspace': api.b.id }]) {
      expect((await api.a.call('GET', path, { headers })).text).not.toContain('Theirs')
    }
    for (const query of [`workspace_id=${api.b.id}`, `workspace=${api.b.id}`]) {
      expect((await api.a.call('GET', `${path}?${query}`)).status).toBe(422)
    }
  })
})
