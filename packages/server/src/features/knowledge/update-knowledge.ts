import type { Uuid } from '@hyponema/contract'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import type { Clock } from '../../kernel/clock.ts'
import { notFound } from '../../kernel/path-id.ts'
import { lockKnowledge, setKnowledgeName } from './store.ts'

/** Gives a source another name. Its language stays: what is indexed by one would be searched by another. */
export async function updateKnowledge(
  tx: AuditedTx,
  { id, name, clock }: { readonly id: Uuid; readonly name: string; readonly clock: Clock },
): Promise<void> {
  if ((await lockKnowledge(tx, id)) === undefined) throw notFound('knowledge')
  await setKnowledgeName(tx, { id, name, now: new Date(clock.nowMs()) })
  await tx.audit({ action: 'knowledge.updated', target: { kind: 'knowledge', id } })
}
