import { holdsAllOf, type Role, type Uuid } from '@hyponema/contract'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import { notFound } from '../../kernel/path-id.ts'
import type { Principal } from '../../kernel/principal.ts'
import { checkActor, isOwner, requireManager } from './check-actor.ts'
import { revokeInvitationsOf } from './revoke-invitation.ts'
import { setMemberRole } from './store.ts'

/** Changes what a member may do. The same role again changes nothing and leaves no event. */
export async function updateMember(
  tx: AuditedTx,
  input: { principal: Principal; clock: Clock; id: Uuid; role: Role },
): Promise<Uuid> {
  const { id, role } = input
  const { actor, target, owners } = await checkActor(tx, input.principal, id)
  requireManager(actor)
  if (target === undefined) throw notFound('operator')
  if (!holdsAllOf(actor.role, target.role) || !holdsAllOf(actor.role, role)) {
    throw new AppError('member.role_refused', `${actor.role} may not make a ${target.role} a ${role}`)
  }
  if (target.role === role) return tx.withoutChange(id)
  if (isOwner(target) && owners === 1) throw new AppError('member.last_owner', 'the last owner cannot be demoted')
  const now = new Date(input.clock.nowMs())
  await setMemberRole(tx, { id, role, now })
  await revokeInvitationsOf(tx, { memberId: id, role, now })
  await tx.audit({
    action: 'member.role_changed',
    target: { kind: 'operator', id },
    before: { role: target.role },
    after: { role },
  })
  return id
}
