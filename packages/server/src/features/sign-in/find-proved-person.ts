import type { EmailAddress, Uuid } from '@hyponema/contract'
import type { NewId } from '../../kernel/new-id.ts'
import type { IdentityTx } from '../../platform/postgres/with-identity.ts'
import { findOrCreateIdentity } from './find-or-create-identity.ts'
import { findIdentity, type SignInRequest } from './store.ts'

/** Somebody who has proved an address by a link or a code, in the transaction that used it. */
export type ProvedPerson = {
  readonly requestId: Uuid
  readonly email: EmailAddress
  /** Undefined where the address is nobody's here and was not invited; it never got a mail then. */
  readonly identityId: Uuid | undefined
  readonly invitation: { readonly workspaceId: Uuid; readonly invitationId: Uuid } | undefined
}

/** Who is invited becomes a person here; everybody else is one already, or is nobody. */
export async function findProvedPerson(
  tx: IdentityTx,
  { request, newId }: { readonly request: SignInRequest; readonly newId: NewId },
): Promise<ProvedPerson> {
  const { id, email, invitedTo, invitationId } = request
  const invitation = invitedTo === null || invitationId === null ? undefined : { workspaceId: invitedTo, invitationId }
  const identityId =
    invitation === undefined ? await findIdentity(tx, email) : await findOrCreateIdentity(tx, { email, newId })
  return { requestId: id, email, identityId, invitation }
}
