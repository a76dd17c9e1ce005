import { encodeId, type Uuid } from '@hyponema/contract'
import { auditedTransaction } from '../../guards/audited-transaction.ts'
import { enterByInvitation } from '../../guards/enter-by-invitation.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { RequestContext } from '../../kernel/request-context.ts'
import type { SessionDependencies } from './open-session.ts'
import { findMemberByEmail, insertMember, lockInvitation, markAccepted } from './store.ts'

/**
 * Makes a proved person a member as the invitation says, once: of two who accept at the same moment one waits and finds it
 * accepted. False when it is not open, or is for another address. Who is a member already stays as it is, and is answered
 * true.
 */
export async function joinByInvitation(
  deps: Pick<SessionDependencies, 'database' | 'clock' | 'newId'>,
  options: { workspaceId: Uuid; invitationId: Uuid; identityId: Uuid; email: string; request: RequestContext },
): Promise<boolean> {
  const { identityId, email, request } = options
  const scope = await enterByInvitation(deps, options)
  if (scope === undefined) return false
  const id = deps.newId()
  // Whoever joins acts itself, under the id that it gets here; its rights are not asked for.
  const principal: Principal = { kind: 'operator', scope, id, role: 'auditor' }
  return auditedTransaction({ ...deps, scope, principal, request }, async (tx) => {
    const now = new Date(deps.clock.nowMs())
    const invitation = await lockInvitation(tx, options.invitationId)
    const isOpen =
      invitation !== undefined &&
      invitation.email === email &&
      invitation.acceptedAt === null &&
      invitation.revokedAt === null &&
      invitation.expiresAt.getTime() > now.getTime()
    if (!isOpen) return tx.withoutChange(false)
    const { role, invitedBy } = invitation
    if (!(await insertMember(tx, { id, identityId, email, role, addedBy: invitedBy, now }))) {
      return tx.withoutChange((await findMemberByEmail(tx, email))?.identityId === identityId)
    }
    await markAccepted(tx, invitation.id, now)
    await tx.audit({ action: 'invitation.accepted', target: { kind: 'invitation', id: invitation.id } })
    await tx.audit({
      action: 'member.added',
      target: { kind: 'operator', id },
      after: { role, invitation: encodeId('invitation', invitation.id) },
    })
    return true
  })
}
