import type { Role, Uuid } from '@hyponema/contract'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { NewId } from '../../kernel/new-id.ts'
import { insertMember } from './store.ts'

/** Makes a person a member, without an invitation: for the host and the seed. `email` is in its normal form. */
export async function addMember(
  tx: AuditedTx,
  input: { newId: NewId; clock: Clock; identityId: Uuid; email: string; role: Role; addedBy: string },
): Promise<Uuid> {
  const id = input.newId()
  const { identityId, email, role, addedBy } = input
  const isNew = await insertMember(tx, { id, identityId, email, role, addedBy, now: new Date(input.clock.nowMs()) })
  if (!isNew) throw new AppError('member.already_member', `${email} is a member already`)
  await tx.audit({ action: 'member.added', target: { kind: 'operator', id }, after: { role } })
  return id
}
