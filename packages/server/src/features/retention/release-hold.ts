import type { Uuid } from '@hyponema/contract'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import { AppError } from '../../kernel/app-error.ts'
import { notFound } from '../../kernel/path-id.ts'
import { ensureRules } from './read-rules.ts'
import { findHold, lockRules, setReleased } from './store.ts'

/** Lets go of what was held. Throws `retention.hold_released` where that has happened before. */
export async function releaseHold(tx: AuditedTx, { id, by, now }: { id: Uuid; by: string; now: Date }): Promise<Uuid> {
  await ensureRules(tx)
  await lockRules(tx, 'update')
  const hold = await findHold(tx, id)
  if (hold === undefined) throw notFound('legal hold')
  if (hold.releasedAt !== null) throw new AppError('retention.hold_released', `hold ${id} was released before`)
  await setReleased(tx, id, { by, at: now })
  await tx.audit({ action: 'legal_hold.released', target: { kind: 'legalHold', id } })
  return id
}
