import type { KnowledgeSourceType, Uuid } from '@hyponema/contract'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Principal } from '../../kernel/principal.ts'
import { principalName } from '../../kernel/principal-name.ts'
import { checkQuota } from './check-quota.ts'
import { insertKnowledge } from './store.ts'

/** A source whose bytes have been judged and are kept under `id`. */
export type NewSource = {
  readonly id: Uuid
  readonly name: string
  readonly sourceType: KnowledgeSourceType
  readonly mediaType: string
  readonly language: string | null
  readonly byteCount: number
  readonly sha256: Buffer
}

/** Whatever the clocks of this process and of the database say to each other. */
const atOnce = new Date(0)

/** Takes a source in, and wakes the worker. */
export async function createKnowledge(
  tx: AuditedTx,
  { source, principal, clock }: { readonly source: NewSource; readonly principal: Principal; readonly clock: Clock },
): Promise<Uuid> {
  const { sha256, ...row } = source
  await checkQuota(tx, source.byteCount)
  await insertKnowledge(tx, {
    ...row,
    contentSha256: sha256,
    state: 'queued',
    createdBy: principalName(principal).id,
    createdAt: new Date(clock.nowMs()),
  })
  await tx.dispatchPut('knowledge', source.id, atOnce)
  await tx.audit({
    action: 'knowledge.created',
    target: { kind: 'knowledge', id: source.id },
    // Not the name: somebody may call a document by a person.
    after: { media_type: source.mediaType, byte_count: source.byteCount, sha256: sha256.toString('hex') },
  })
  return source.id
}
