/**
 * Threat: a workspace id that anybody can write into a key, a token or a link opens that workspace.
 * Rule: an unproven scope reaches a few named look-ups of one row each, under row security, and nothing else: a key, a
 * membership, an invitation, a refresh token. Who has looked decides whether what was found proves anything.
 * On failure: an unknown workspace and an unknown id are both `undefined`, after the same work.
 */
import type { Brand, Role, Uuid } from '@hyponema/contract'
import type { UnprovenScope } from '../../kernel/workspace-scope.ts'
import type { LoginPool } from './login-pool.ts'
import { runScoped } from './with-workspace.ts'

/** A stored key as the verifier needs it. The MAC is compared by the caller, in constant time. */
export type StoredApiKey = {
  readonly id: Uuid
  readonly mode: 'live' | 'test'
  readonly secretMac: Buffer
  readonly pepperVersion: string
  readonly scopes: readonly string[]
  readonly allowedAddresses: readonly string[] | null
  readonly allowedAgents: readonly Uuid[] | null
  readonly expiresAt: Date | null
  readonly lastUsedAt: Date | null
  readonly revokedAt: Date | null
  /** Keys of canary workspaces cannot authenticate. */
  readonly isCanary: boolean
}

/** What a person may do in the claimed workspace now. */
export type StoredMembership = {
  readonly id: Uuid
  readonly role: Role
  readonly version: number
  readonly workspaceName: string
  /** Nobody signs in to a canary workspace. */
  readonly isCanary: boolean
}

/** An invitation as the link in a mail names it. The hash is compared by the caller, in constant time. */
export type StoredInvitation = {
  readonly id: Uuid
  readonly email: string
  readonly role: Role
  readonly secretSha256: Buffer
  readonly expiresAt: Date
  readonly acceptedAt: Date | null
  readonly revokedAt: Date | null
  readonly workspaceName: string
  readonly isCanary: boolean
}

/** A token that was once handed out in a family, whatever became of it. */
export type StoredRefreshToken = { readonly id: Uuid; readonly membershipId: Uuid; readonly isCanary: boolean }

type LookUps = {
  readonly findApiKey: (id: Uuid) => Promise<StoredApiKey | undefined>
  readonly findMembership: (id: Uuid) => Promise<StoredMembership | undefined>
  readonly findMembershipOf: (identityId: Uuid) => Promise<StoredMembership | undefined>
  readonly findInvitation: (id: Uuid) => Promise<StoredInvitation | undefined>
  readonly findRefreshToken: (familyId: Uuid, tokenSha256: Buffer) => Promise<StoredRefreshToken | undefined>
}

/** Can look up one row of the claimed workspace. Not a WorkspaceTx: it cannot run SQL. */
export type UnprovenTx = Brand<LookUps, 'UnprovenTx'>

export type WithUnproven = <T>(scope: UnprovenScope, lookUp: (tx: UnprovenTx) => Promise<T>) => Promise<T>

const findApiKeySql = `
  select k.id, k.mode, k.secret_mac as "secretMac", k.pepper_version as "pepperVersion", k.scopes,
    k.allowed_addresses as "allowedAddresses", k.allowed_agents as "allowedAgents", k.expires_at as "expiresAt",
    k.last_used_at as "lastUsedAt", k.revoked_at as "revokedAt", w.is_canary as "isCanary"
  from tenant.api_keys k join tenant.workspaces w on w.workspace_id = k.workspace_id
  where k.workspace_id = $1 and k.id = $2`

const membershipSql = `
  select m.id, m.role, m.version, w.name as "workspaceName", w.is_canary as "isCanary"
  from tenant.memberships m join tenant.workspaces w on w.workspace_id = m.workspace_id
  where m.workspace_id = $1`

const findInvitationSql = `
  select i.id, i.email, i.role, i.secret_sha256 as "secretSha256", i.expires_at as "expiresAt",
    i.accepted_at as "acceptedAt", i.revoked_at as "revokedAt", w.name as "workspaceName", w.is_canary as "isCanary"
  from tenant.invitations i join tenant.workspaces w on w.workspace_id = i.workspace_id
  where i.workspace_id = $1 and i.id = $2`

const findRefreshTokenSql = `
  select t.id, f.membership_id as "membershipId", w.is_canary as "isCanary"
  from tenant.refresh_tokens t
    join tenant.refresh_families f on f.workspace_id = t.workspace_id and f.id = t.family_id
    join tenant.workspaces w on w.workspace_id = t.workspace_id
  where t.workspace_id = $1 and t.family_id = $2 and t.token_sha256 = $3`

/** The door for what has not been verified. */
export function createWithUnproven(login: LoginPool): WithUnproven {
  return (scope, lookUp) =>
    runScoped(login, scope.workspaceId, (run) => {
      const lookUps: LookUps = {
        findApiKey: async (id) => (await run<StoredApiKey>(findApiKeySql, [scope.workspaceId, id])).rows[0],
        findMembership: async (id) =>
          (await run<StoredMembership>(`${membershipSql} and m.id = $2`, [scope.workspaceId, id])).rows[0],
        findMembershipOf: async (identityId) =>
          (await run<StoredMembership>(`${membershipSql} and m.identity_id = $2`, [scope.workspaceId, identityId]))
            .rows[0],
        findInvitation: async (id) => (await run<StoredInvitation>(findInvitationSql, [scope.workspaceId, id])).rows[0],
        findRefreshToken: async (familyId, tokenSha256) =>
          (await run<StoredRefreshToken>(findRefreshTokenSql, [scope.workspaceId, familyId, tokenSha256])).rows[0],
      }
      // oxlint-disable-next-line typescript/consistent-type-assertions -- the one maker of UnprovenTx
      return lookUp(lookUps as UnprovenTx)
    })
}
