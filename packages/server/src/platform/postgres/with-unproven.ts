/**
 * Threat: a workspace id that anybody can write into a key opens that workspace.
 * Rule: an unproven scope reaches one look-up of one key by id, under row security, and nothing else.
 * On failure: an unknown workspace and an unknown key are both `undefined`, after the same work.
 */
import type { Brand, Uuid } from '@hyponema/contract'
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

/** Can look up one key of the claimed workspace. Not a WorkspaceTx: it cannot run SQL. */
export type UnprovenTx = Brand<{ readonly findApiKey: (id: Uuid) => Promise<StoredApiKey | undefined> }, 'UnprovenTx'>

export type WithUnproven = <T>(scope: UnprovenScope, lookUp: (tx: UnprovenTx) => Promise<T>) => Promise<T>

const findApiKeySql = `
  select k.id, k.mode, k.secret_mac as "secretMac", k.pepper_version as "pepperVersion", k.scopes,
    k.allowed_addresses as "allowedAddresses", k.allowed_agents as "allowedAgents", k.expires_at as "expiresAt",
    k.last_used_at as "lastUsedAt", k.revoked_at as "revokedAt", w.is_canary as "isCanary"
  from tenant.api_keys k join tenant.workspaces w on w.workspace_id = k.workspace_id
  where k.workspace_id = $1 and k.id = $2`

/** The door for a key that has not been verified. */
export function createWithUnproven(login: LoginPool): WithUnproven {
  return (scope, lookUp) =>
    runScoped(login, scope.workspaceId, (run) => {
      const findApiKey = async (id: Uuid): Promise<StoredApiKey | undefined> => {
        const { rows } = await run<StoredApiKey>(findApiKeySql, [scope.workspaceId, id])
        return rows[0]
      }
      // oxlint-disable-next-line typescript/consistent-type-assertions -- the one maker of UnprovenTx
      return lookUp({ findApiKey } as UnprovenTx)
    })
}
