import { type Permission, permissions, type Role, roles, type Scope } from '@hyponema/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Principal } from '../kernel/principal.ts'
import { provenScope } from '../kernel/workspace-scope.ts'
import { testUuid } from '../platform/crypto/test-harness/key-fixtures.ts'
import { isAllowed, mayHandOut, requirePermission } from './permission.ts'
import { guardedApp } from './test-harness/guarded-app.ts'

const scope = provenScope(testUuid(1))
const id = testUuid(2)
const all = Object.keys(permissions).filter(isPermission)
const ofKind = (kind: 'ordinary' | 'sensitive' | 'never') => all.filter((one) => permissions[one].key === kind)

function isPermission(text: string): text is Permission {
  return Object.hasOwn(permissions, text)
}
function keyWith(...scopes: Scope[]): Principal {
  return { kind: 'api_key', scope, id, scopes: new Set(scopes), agents: undefined }
}
function operator(role: Role): Principal {
  return { kind: 'operator', scope, id, role }
}
const held = (principal: Principal) => all.filter((permission) => isAllowed(principal, permission))

describe('the permissions of an API key', () => {
  it('are none without a scope', () => {
    expect(held(keyWith())).toEqual([])
  })

  it.each([...ofKind('ordinary'), ...ofKind('sensitive')])('are %s alone where that is its scope', (permission) => {
    expect(held(keyWith(permission))).toEqual([permission])
  })

  it('never are those of credentials, keys and members, though the row should say so', () => {
    const never = ofKind('never')
    expect(never).toEqual([
      'workspaces:write',
      'credentials:read',
      'credentials:write',
      'api_keys:read',
      'api_keys:write',
      'members:read',
      'members:write',
      'own_memberships:read',
      'own_memberships:write',
    ])
    for (const permission of never) {
      expect(isAllowed(keyWith(permission, 'workspace:read', 'workspace:write'), permission)).toBe(false)
    }
  })

  it('are all ordinary reading under workspace:read, nothing sensitive, nothing that writes', () => {
    expect(held(keyWith('workspace:read'))).toEqual(ofKind('ordinary').filter((one) => one.endsWith(':read')))
  })

  it('are everything ordinary under workspace:write, and nothing sensitive', () => {
    expect(held(keyWith('workspace:write'))).toEqual(ofKind('ordinary'))
  })

  it('are never sensitive through an aggregate', () => {
    const sensitive = ofKind('sensitive')
    expect(sensitive).toEqual([
      'transcripts:read',
      'decisions:read',
      'traces:read',
      'escalations:read',
      'escalations:write',
      'audit:read',
      'privacy:read',
      'privacy:write',
      'webhooks:admin',
    ])
    for (const permission of sensitive) {
      expect(isAllowed(keyWith('workspace:read', 'workspace:write'), permission)).toBe(false)
    }
  })

  it('only grow with a scope more, and never beyond what keys may hold', () => {
    const scopes: fc.Arbitrary<Scope> = fc.constantFrom(...all, 'workspace:read', 'workspace:write')
    fc.assert(
      fc.property(fc.array(scopes), scopes, (some, one) => {
        const more = held(keyWith(...some, one))
        expect(held(keyWith(...some)).filter((permission) => !more.includes(permission))).toEqual([])
        expect(more.filter((permission) => permissions[permission].key === 'never')).toEqual([])
      }),
    )
  })
})

describe('the permissions of a role', () => {
  it.each(roles)('%s: exactly what the matrix grants', (role) => {
    const granted = all.filter((one) => permissions[one].roles.some((other) => other === role))
    expect(held(operator(role))).toEqual(granted)
  })

  it('are every permission for an owner, and words of people for no auditor and no builder', () => {
    expect(held(operator('owner'))).toEqual(all)
    for (const role of ['auditor', 'builder', 'privacy'] as const) {
      expect(isAllowed(operator(role), 'transcripts:read')).toBe(false)
    }
  })
})

describe('the permissions of others', () => {
  it('are none for a session token', () => {
    expect(held({ kind: 'session_token', scope, sessionId: id })).toEqual([])
  })

  it('are all for the system, which is our own code', () => {
    expect(held({ kind: 'system', scope, name: 'worker' })).toEqual(all)
  })
})

describe('a route that names a permission', () => {
  it('runs for who holds it', async () => {
    const app = guardedApp({ guards: [requirePermission('agents:read')], principal: keyWith('agents:read') })
    expect((await app.send()).status).toBe(200)
  })

  it.each<[string, Principal]>([
    ['a key without the scope', keyWith('agents:write')],
    ['an operator of another role', operator('privacy')],
    ['a session token', { kind: 'session_token', scope, sessionId: id }],
  ])('does not run for %s', async (_name, principal) => {
    const app = guardedApp({ guards: [requirePermission('agents:read')], principal })
    expect(await app.send()).toMatchObject({ status: 403, code: 'api_key.scope_missing' })
    expect(app.reached()).toBe(0)
  })

  it('does not run where nobody was authenticated', async () => {
    const app = guardedApp({ guards: [requirePermission('agents:read')] })
    await app.send().catch(() => undefined)
    expect(app.reached()).toBe(0)
  })
})

describe('what a principal may put on a key', () => {
  const aggregates = ['workspace:read', 'workspace:write'] as const

  it('is every scope whose permissions it has, by the matrix', () => {
    for (const role of roles) {
      for (const permission of [...ofKind('ordinary'), ...ofKind('sensitive')]) {
        expect([role, permission, mayHandOut(operator(role), permission)]).toEqual([
          role,
          permission,
          permissions[permission].roles.some((one) => one === role),
        ])
      }
    }
  })

  it('is an aggregate only where it has all of it', () => {
    const handedOut = roles.filter((role) => aggregates.every((scope) => mayHandOut(operator(role), scope)))
    expect(handedOut).toEqual(['owner', 'admin', 'builder'])
    expect(mayHandOut(operator('reviewer'), 'workspace:write')).toBe(false)
    expect(mayHandOut(operator('auditor'), 'workspace:read')).toBe(false)
  })

  it('is for the host whatever a key may hold, and a text that is no scope gives nothing to anybody', () => {
    const host: Principal = { kind: 'system', scope, name: 'hyponema api-key create' }
    for (const one of [...all, ...aggregates]) expect(mayHandOut(host, one)).toBe(true)
    for (const text of ['constructor', 'agents:*', '']) expect(mayHandOut(operator('auditor'), text)).toBe(true)
  })
})
