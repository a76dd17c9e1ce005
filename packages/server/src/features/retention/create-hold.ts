import type { Uuid } from '@hyponema/contract'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import { ensureRules } from './read-rules.ts'
import { insertHold, lockRules } from './store.ts'

/** From the commit on nothing of it is removed: the batch that runs has ended, and the next one sees the hold. */
export async function createHold(
  tx: AuditedTx,
  hold: {
    id: Uuid
    userId: Uuid | null
    agentId: Uuid | null
    reason: string
    until: Date | null
    createdBy: string
    createdAt: Date
  },
): Promise<Uuid> {
  await ensureRules(tx)
  await lockRules(tx, 'update')
  await insertHold(tx, hold)
  await tx.audit({
    action: 'legal_hold.created',
    target: { kind: 'legalHold', id: hold.id },
    after: { of: hold.userId === null ? (hold.agentId === null ? 'workspace' : 'agent') : 'user' },
    reason: hold.reason,
  })
  return hold.id
}
