/**
 * Threat: what finds out who a person is also reaches what lies in workspaces, or somebody else reads who signs in.
 * Rule: the login of sign-in alone has a transaction without any workspace. It sees the schema `identity` and, because no
 * scope is set, not one row of a tenant. Only the store of sign-in writes statements for it (test/architecture).
 * On failure: as in with-workspace.ts: rolled back, and a connection that still had a scope is destroyed.
 */
import type { Brand } from '@hyponema/contract'
import { Kysely } from 'kysely'
import type { IdentityTables } from './identity-tables.ts'
import type { LoginPool } from './login-pool.ts'
import { runUnscoped } from './with-workspace.ts'
import { workspaceDialect } from './workspace-dialect.ts'

/** Runs SQL on identities and sign-in requests, inside one open transaction. Dead as soon as that ends. */
export type IdentityTx = Brand<{ readonly db: Kysely<IdentityTables> }, 'IdentityTx'>

/** Runs `work` in one transaction without a workspace. Commits when it resolves, rolls back when it throws. */
export type WithIdentity = <T>(work: (tx: IdentityTx) => Promise<T>) => Promise<T>

/** The door of `hyponema_auth`. Other logins have no right on anything behind it. */
export function createWithIdentity(login: LoginPool): WithIdentity {
  return (work) =>
    runUnscoped(login, (run) => {
      const db = new Kysely<IdentityTables>({ dialect: workspaceDialect(run) })
      // oxlint-disable-next-line typescript/consistent-type-assertions -- the one maker of IdentityTx
      return work({ db } as IdentityTx)
    })
}
