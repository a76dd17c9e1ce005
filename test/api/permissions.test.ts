/** The matrix against the routes: each scope alone, each aggregate and each role, on every route of the API document. */
import { type Permission, permissions, type Role, roles, type Scope } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Api, openApi } from './api-harness.ts'
import { type ApiRoute, readRoutes } from './read-routes.ts'

const single = Object.keys(permissions).filter((name): name is Permission => Object.hasOwn(permissions, name))
const scopes: readonly Scope[] = [...single, 'workspace:read', 'workspace:write']

/** What the matrix says, written a second time and not by calling what is tested. */
function keyMay(scope: Scope, permission: Permission): boolean {
  const { key } = permissions[permission]
  if (key === 'never') return false
  if (scope === permission) return true
  if (key === 'sensitive') return false
  return scope === 'workspace:write' || (scope === 'workspace:read' && permission.endsWith(':read'))
}

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
    const answers = await Promise.all(
      routes.map(async ({ name, method, path }) => {
        const body = method === 'GET' || method === 'DELETE' ? undefined : { nothing: 'that any route takes' }
        const answer = await api.a.call(method, path.replace('{id}', 'none'), { credential, body })
        if (answer.status === 403) expect(answer.code()).toBe('api_key.scope_missing')
        return { name, passed: answer.status !== 403 && answer.status !== 401 }
      }),
    )
    return answers.flatMap((answer) => (answer.passed ? [answer.name] : []))
  }

  test('every route but those with a session token names a permission of the matrix', async () => {
    const all = await readRoutes(api)
    expect(all.filter(({ permission }) => permission === undefined).map(({ name }) => name)).toEqual([
      'POST /v1/sessions/{id}/messages',
    ])
    expect(routes.length).toBeGreaterThan(15)
  })

  test('a route’s permission is of its own noun, and reading needs no more than reading', () => {
    for (const { name, method, permission } of routes) {
      const [noun, verb] = permission.split(':')
      const segments = name.split('/')
      expect([
        name,
        segments.some((segment) =>
          segment.startsWith(noun === 'transcripts' ? 'turns' : (noun ?? '').replace('_', '-')),
        ),
      ]).toEqual([name, true])
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
