import { describe, expect, test } from 'vitest'
import { holdsAllOf, type Permission, permissions, type Role, roles } from './permissions.ts'

const names = Object.keys(permissions).filter((name): name is Permission => Object.hasOwn(permissions, name))
const keyOf = (name: Permission): string => permissions[name].key

describe('the permission matrix', () => {
  test('a key never manages members, credentials or keys (data-boundary 2)', () => {
    expect(names.filter((name) => keyOf(name) === 'never')).toEqual([
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
  })

  test('what is sensitive is in no aggregate', () => {
    expect(names.filter((name) => keyOf(name) === 'sensitive')).toEqual([
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
  })

  test('the owner may do everything, and everybody is somebody', () => {
    for (const name of names)
      expect([name, permissions[name].roles.some((role) => role === 'owner')]).toEqual([name, true])
    for (const role of roles)
      expect([role, names.some((name) => permissions[name].roles.some((one) => one === role))]).toEqual([role, true])
  })

  test('who may write a noun may read it', () => {
    for (const name of names.filter((one) => one.endsWith(':write'))) {
      const read = names.find((one) => one === name.replace(':write', ':read'))
      if (read === undefined) continue
      const readers: readonly string[] = permissions[read].roles
      for (const role of permissions[name].roles) expect([name, readers.includes(role)]).toEqual([name, true])
    }
  })

  test.each<[Role, readonly Role[]]>([
    ['owner', roles],
    ['admin', ['admin', 'builder', 'reviewer', 'auditor']],
    ['builder', ['builder']],
    ['reviewer', ['reviewer']],
    ['privacy', ['privacy']],
    ['auditor', ['auditor']],
  ])('%s holds every right of %j and of nobody else', (own, expected) => {
    expect(roles.filter((role) => holdsAllOf(own, role))).toEqual(expected)
  })

  test('a permission is a noun in the plural and one of three verbs', () => {
    for (const name of names)
      expect(name).toMatch(/^(?:[a-z]+(?:_[a-z]+)*s|audit|privacy|knowledge|contact):(?:read|write|admin)$/)
  })
})
