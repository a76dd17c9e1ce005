import type { EndReason, Uuid } from '@hyponema/contract'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import type { ContentKeys } from '../../guards/content-keys.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { NewId } from '../../kernel/new-id.ts'
import { notFound } from '../../kernel/path-id.ts'
import type { Principal } from '../../kernel/principal.ts'
import { closeSession } from './close-session.ts'
import { findReadableSession } from './find-readable-session.ts'

/** Ends a session; its token opens nothing any more. Ending it again changes nothing and leaves no second event. */
export async function endSession(
  tx: AuditedTx,
  input: {
    principal: Principal
    id: Uuid
    reason: Extract<EndReason, 'ended_by_backend' | 'ended_by_client'>
    clock: Clock
    newId: NewId
    contentKeys: ContentKeys
  },
): Promise<void> {
  await findReadableSession(tx, input.principal, input.id)
  const before = await closeSession(tx, { ...input, now: new Date(input.clock.nowMs()) })
  if (before === undefined) throw notFound('session')
  if (before.endedAt !== null) return tx.withoutChange(undefined)
  await tx.audit({
    action: 'session.ended',
    target: { kind: 'session', id: input.id },
    before: { status: before.status },
    after: { reason: input.reason },
  })
}
