/** Who may do what: one matrix, deny by default. Every route names one of these permissions. */

export const roles = ['owner', 'admin', 'builder', 'reviewer', 'privacy', 'auditor'] as const
export type Role = (typeof roles)[number]

type Grant = {
  readonly roles: readonly Role[]
  /** Whether an API key may hold this as a scope; `sensitive` ones are never part of an aggregate. */
  readonly key: 'ordinary' | 'sensitive' | 'never'
}

const everyone = roles
const builders = ['owner', 'admin', 'builder'] as const
const administrators = ['owner', 'admin'] as const

export const permissions = {
  'workspaces:read': { roles: everyone, key: 'ordinary' },
  'workspaces:write': { roles: administrators, key: 'never' },
  'agents:read': { roles: ['owner', 'admin', 'builder', 'reviewer', 'auditor'], key: 'ordinary' },
  'agents:write': { roles: builders, key: 'ordinary' },
  'policies:read': { roles: ['owner', 'admin', 'builder', 'reviewer', 'auditor'], key: 'ordinary' },
  'policies:write': { roles: builders, key: 'ordinary' },
  'knowledge:read': { roles: builders, key: 'ordinary' },
  'knowledge:write': { roles: builders, key: 'ordinary' },
  'users:read': { roles: ['owner', 'admin', 'builder', 'reviewer', 'privacy'], key: 'ordinary' },
  'users:write': { roles: ['owner', 'admin', 'builder', 'privacy'], key: 'ordinary' },
  'contact:read': { roles: ['owner', 'admin', 'builder', 'reviewer', 'privacy'], key: 'ordinary' },
  'contact:write': { roles: ['owner', 'admin', 'builder', 'privacy'], key: 'ordinary' },
  'sessions:read': { roles: ['owner', 'admin', 'builder', 'reviewer'], key: 'ordinary' },
  'sessions:write': { roles: builders, key: 'ordinary' },
  'transcripts:read': { roles: ['owner', 'admin', 'reviewer'], key: 'sensitive' },
  'decisions:read': { roles: ['owner', 'admin', 'reviewer'], key: 'sensitive' },
  // What ran in a turn, without the words: who builds an agent must be able to see why it did what it did.
  'traces:read': { roles: ['owner', 'admin', 'builder', 'reviewer'], key: 'sensitive' },
  // Who takes a talk over reads it, so the right to is one to content.
  'escalations:read': { roles: ['owner', 'admin', 'builder', 'reviewer'], key: 'sensitive' },
  'escalations:write': { roles: ['owner', 'admin', 'builder', 'reviewer'], key: 'sensitive' },
  'audit:read': { roles: ['owner', 'admin', 'auditor'], key: 'sensitive' },
  'privacy:read': { roles: ['owner', 'admin', 'privacy'], key: 'sensitive' },
  'privacy:write': { roles: ['owner', 'privacy'], key: 'sensitive' },
  'webhooks:admin': { roles: administrators, key: 'sensitive' },
  'credentials:read': { roles: builders, key: 'never' },
  'credentials:write': { roles: administrators, key: 'never' },
  'api_keys:read': { roles: administrators, key: 'never' },
  'api_keys:write': { roles: administrators, key: 'never' },
  'members:read': { roles: administrators, key: 'never' },
  'members:write': { roles: administrators, key: 'never' },
  // What a person may do about its own membership: read it, leave, sign out.
  'own_memberships:read': { roles: everyone, key: 'never' },
  'own_memberships:write': { roles: everyone, key: 'never' },
} as const satisfies Record<string, Grant>

export type Permission = keyof typeof permissions

/** A scope that stands on an API key: one permission, or an aggregate of all ordinary ones. */
export type Scope = Permission | 'workspace:read' | 'workspace:write'

type NeverOnKeys = {
  [Name in Permission]: (typeof permissions)[Name]['key'] extends 'never' ? Name : never
}[Permission]

/** A scope that may stand on a new key: what the matrix keeps from keys is none. */
export type KeyScope = Exclude<Scope, NeverOnKeys>

/** The two aggregates, and each permission that a key may hold by its name. */
export const keyScopes: readonly KeyScope[] = [
  'workspace:read',
  'workspace:write',
  ...Object.keys(permissions).filter(isHoldable),
]

function isHoldable(name: string): name is Exclude<Permission, NeverOnKeys> {
  return Object.entries(permissions).some(([one, grant]) => one === name && grant.key !== 'never')
}

/**
 * Whether somebody of role `own` may give, change or take away `role`: only where every right of it is its own too, so that
 * nobody hands on, or takes from somebody else, more than it has.
 */
export function holdsAllOf(own: Role, role: Role): boolean {
  const grants: readonly Grant[] = Object.values(permissions)
  return grants.every((grant) => !grant.roles.includes(role) || grant.roles.includes(own))
}
