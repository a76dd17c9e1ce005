import { holdsAllOf, type Uuid } from '@hyponema/contract'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import { notFound } from '../../kernel/path-id.ts'
import type { Principal } from '../../kernel/principal.ts'
import { releaseClaimsOf } from '../escalations/public.ts'
import { checkActor, isOwner, requireManager } from './check-actor.ts'
import { revokeInvitationsOf, revokeInvitationsTo } from './revoke-invitation.ts'
import { deleteMemberRow } from './store.ts'

/**
 * Removes a member with its sign-ins, the invitations that it made and those that would bring it back. Whoever is a member
 * may leave; whoever removes another one manages members and has every right that the other has.
 */
export async function removeMember(
  tx: AuditedTx,
  input: { principal: Principal; clock: Clock; id: Uuid },
): Promise<void> {
  const { actor, target, owners } = await checkActor(tx, input.principal, input.id)
  const leaves = actor.id === input.id
  if (!leaves) requireManager(actor)
  if (target === undefined) throw notFound('operator')
  if (!leaves && !holdsAllOf(actor.role, target.role)) {
    throw new AppError('member.role_refused', `${actor.role} may not remove a ${target.role}`)
  }
  if (isOwner(target) && owners === 1) throw new AppError('member.last_owner', 'the last owner cannot leave')
  const now = new Date(input.clock.nowMs())
  await revokeInvitationsOf(tx, { memberId: target.id, role: undefined, now })
  await revokeInvitationsTo(tx, target.email, now)
  await releaseClaimsOf(tx, target.id, input.clock)
  await deleteMemberRow(tx, target.id)
  await tx.audit({
    action: leaves ? 'member.left' : 'member.removed',
    target: { kind: 'operator', id: target.id },
    before: { role: target.role },
  })
}
