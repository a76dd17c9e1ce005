import type { Uuid } from '@hyponema/contract'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Principal } from '../../kernel/principal.ts'
import { findReadableAttempt } from './find-readable-attempt.ts'
import { lockAttempt, setAttemptState } from './store.ts'

/** Gives a reservation back, so that it does not count. One that has run out may have been used, so it stays. */
export async function cancelAttempt(
  tx: AuditedTx,
  { id, principal, clock }: { readonly id: Uuid; readonly principal: Principal; readonly clock: Clock },
): Promise<Uuid> {
  await findReadableAttempt(tx, principal, id)
  const attempt = await lockAttempt(tx, id)
  if (attempt?.state === 'cancelled') return tx.withoutChange(id)
  const now = new Date(clock.nowMs())
  const isUsable = attempt?.state === 'reserved' && attempt.expiresAt !== null && attempt.expiresAt > now
  if (!isUsable) throw new AppError('contact.settled', `an attempt that is ${attempt?.state ?? 'gone'}, or has expired`)
  await setAttemptState(tx, { id, state: 'cancelled', reportedAt: now })
  await tx.audit({ action: 'contact.cancelled', target: { kind: 'contactAttempt', id } })
  return id
}
