import type { Role, Uuid } from '@hyponema/contract'
import type { RequestContext } from '../../kernel/request-context.ts'

export { findOrCreateIdentity } from './find-or-create-identity.ts'
export { recordRefusal } from './record-refusal.ts'
export { listAllWorkspaceIds } from './store.ts'

/** A workspace that was entered: what the page gets, and the cookie by which it gets the next access token. */
export type OpenedSession = {
  readonly accessToken: string
  readonly expiresAt: Date
  readonly workspace: { readonly id: Uuid; readonly name: string }
  readonly role: Role
  /** For `/auth/refresh` only: HttpOnly, Secure, SameSite=Strict. */
  readonly cookie: { readonly name: string; readonly value: string; readonly maxAgeSeconds: number }
}

type Invitation = { readonly workspaceId: Uuid; readonly invitationId: Uuid }

/** What sign-in asks of memberships, which it knows nothing about. */
export type SignInPorts = {
  /** What the text of an invitation's link names; nothing of it is proved. */
  readonly parseInvitation: (text: string) => (Invitation & { readonly secret: string }) | undefined
  /** What an open invitation is about, for who has its secret; else undefined, whatever the reason. */
  readonly findInvitation: (
    options: Invitation & { readonly secret: string },
  ) => Promise<{ readonly email: string; readonly workspaceName: string; readonly role: Role } | undefined>
  /** Makes the membership of a person whose address is proved. False when the invitation is not open (any more). */
  readonly acceptInvitation: (
    options: Invitation & { readonly identityId: Uuid; readonly email: string; readonly request: RequestContext },
  ) => Promise<boolean>
  /** Begins a refresh family, audited as `operator.signed_in`. Undefined when there is no membership (any more). */
  readonly openSession: (options: {
    readonly workspaceId: Uuid
    readonly identityId: Uuid
    readonly request: RequestContext
  }) => Promise<OpenedSession | undefined>
  readonly describeWorkspaces: (options: {
    readonly identityId: Uuid
    readonly workspaceIds: readonly Uuid[]
  }) => Promise<readonly { readonly id: Uuid; readonly name: string; readonly role: Role }[]>
}
