import type { Uuid } from '@hyponema/contract'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import { notFound } from '../../kernel/path-id.ts'
import { lockPolicy, removePolicy } from './store.ts'

/** Takes a policy away that decides nowhere. Its versions stay, because decisions name them; its name is free again. */
export async function deletePolicy(tx: AuditedTx, input: { clock: Clock; id: Uuid }): Promise<void> {
  const { id } = input
  const policy = await lockPolicy(tx, id)
  if (policy === undefined) throw notFound('policy')
  if (policy.publishedVersion !== null || policy.shadowVersion !== null)
    throw new AppError('policy.in_force', 'the policy decides')
  await removePolicy(tx, { id, now: new Date(input.clock.nowMs()) })
  await tx.audit({ action: 'policy.deleted', target: { kind: 'policy', id }, before: { name: policy.name } })
}
