import { encodeId, holdsAllOf, type Role, type Uuid } from '@hyponema/contract'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import { notFound } from '../../kernel/path-id.ts'
import type { Principal } from '../../kernel/principal.ts'
import { checkActor, managesMembers, requireManager } from './check-actor.ts'
import { type InvitationRow, lockInvitation, lockOpenInvitations, markRevoked } from './store.ts'

/** Ends an invitation that nobody has accepted. Revoking twice changes nothing and leaves no event. */
export async function revokeInvitation(
  tx: AuditedTx,
  input: { principal: Principal; clock: Clock; id: Uuid },
): Promise<void> {
  const { actor } = await checkActor(tx, input.principal)
  requireManager(actor)
  const invitation = await lockInvitation(tx, input.id)
  if (invitation === undefined) throw notFound('invitation')
  if (!holdsAllOf(actor.role, invitation.role)) {
    throw new AppError('member.role_refused', `${actor.role} may not revoke an invitation of a ${invitation.role}`)
  }
  if (invitation.acceptedAt !== null) throw new AppError('member.invitation_closed', 'it was accepted')
  if (invitation.revokedAt !== null) return tx.withoutChange(undefined)
  await markRevoked(tx, [invitation.id], new Date(input.clock.nowMs()))
  await auditRevoked(tx, invitation, undefined)
}

/** Ends an invitation whose mail nobody has taken. */
export async function revokeUnsent(tx: AuditedTx, input: { clock: Clock; id: Uuid }): Promise<void> {
  const invitation = await lockInvitation(tx, input.id)
  if (invitation === undefined || invitation.acceptedAt !== null || invitation.revokedAt !== null)
    return tx.withoutChange(undefined)
  await markRevoked(tx, [invitation.id], new Date(input.clock.nowMs()))
  await auditRevoked(tx, invitation, 'mail_not_taken')
}

/** Ends the open invitations of a member that with its new role, or none, could not have made them. */
export async function revokeInvitationsOf(
  tx: AuditedTx,
  inviter: { memberId: Uuid; role: Role | undefined; now: Date },
): Promise<void> {
  const open = await lockOpenInvitations(tx, { invitedBy: encodeId('operator', inviter.memberId) })
  const lapsed = open.filter((invitation) => !mayInvite(inviter.role, invitation.role))
  if (lapsed.length === 0) return
  await markRevoked(
    tx,
    lapsed.map(({ id }) => id),
    inviter.now,
  )
  for (const invitation of lapsed) await auditRevoked(tx, invitation, 'inviter_lost_rights')
}

/** Ends what is open to the address of a member that goes: whoever became a member another way still holds its link. */
export async function revokeInvitationsTo(tx: AuditedTx, email: string, now: Date): Promise<void> {
  const open = await lockOpenInvitations(tx, { email })
  if (open.length === 0) return
  await markRevoked(
    tx,
    open.map(({ id }) => id),
    now,
  )
  for (const invitation of open) await auditRevoked(tx, invitation, 'member_gone')
}

/** Ends what still counts as open for an address though its days are over, so that a new one can be made. */
export async function revokeExpired(tx: AuditedTx, email: string, now: Date): Promise<void> {
  const open = await lockOpenInvitations(tx, { email })
  const expired = open.filter(({ expiresAt }) => expiresAt.getTime() <= now.getTime())
  if (expired.length === 0) return
  await markRevoked(
    tx,
    expired.map(({ id }) => id),
    now,
  )
  for (const invitation of expired) await auditRevoked(tx, invitation, 'expired')
}

export function mayInvite(role: Role | undefined, invited: Role): boolean {
  return role !== undefined && managesMembers(role) && holdsAllOf(role, invited)
}

function auditRevoked(tx: AuditedTx, { id, role }: InvitationRow, reason: string | undefined): Promise<void> {
  return tx.audit({
    action: 'invitation.revoked',
    target: { kind: 'invitation', id },
    before: { role },
    ...(reason === undefined ? {} : { reason }),
  })
}
