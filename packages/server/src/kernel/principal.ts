import type { Role, Scope, Uuid } from '@hyponema/contract'
import type { WorkspaceScope } from './workspace-scope.ts'

/** Who asks. Every use case takes one, so that it is never looked up twice. */
export type Principal =
  | {
      readonly kind: 'api_key'
      readonly scope: WorkspaceScope
      readonly id: Uuid
      readonly scopes: ReadonlySet<Scope>
      /** Agents this key may use; undefined means all. */
      readonly agents: ReadonlySet<Uuid> | undefined
    }
  | {
      readonly kind: 'operator'
      readonly scope: WorkspaceScope
      readonly id: Uuid
      readonly role: Role
      /** Of the membership, where an access token names one: what it changes asks again whether that is still so. */
      readonly version?: number
    }
  | { readonly kind: 'session_token'; readonly scope: WorkspaceScope; readonly sessionId: Uuid }
  /** The worker, the seed and commands on the host; `name` stands in the audit log. */
  | { readonly kind: 'system'; readonly scope: WorkspaceScope; readonly name: string }
