/**
 * Threat: somebody says that it wants no more calls, and one that was reserved before is made all the same.
 * Rule: in one transaction the person is marked, what it agreed to counts as withdrawn, what is reserved is cancelled, for whomever
 * else at its numbers too, and an audit event says so. Doing it twice changes nothing more.
 * On failure: nothing is written and the caller hears of it; it must not answer as if it had happened.
 */
import type { Uuid } from '@hyponema/contract'
import type { ContentKeys } from '../../guards/content-keys.ts'
import type { AuditEntry } from '../../guards/write-audit-event.ts'
import type { NewId } from '../../kernel/new-id.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { lockUser, setDoNotContact } from '../users/public.ts'
import { sealConsent } from './seal-contact.ts'
import { cancelReserved, insertConsent } from './store.ts'

export type OptOut = {
  readonly userId: Uuid
  readonly now: Date
  readonly newId: NewId
  readonly contentKeys: ContentKeys
  readonly audit: (entry: AuditEntry) => Promise<void>
}

export async function recordOptOut(tx: WorkspaceTx, { userId, now, newId, contentKeys, audit }: OptOut): Promise<void> {
  await lockUser(tx, userId)
  await setDoNotContact(tx, { id: userId, now })
  const id = newId()
  const content = await sealConsent(tx, contentKeys, { id, userId, proof: null, version: null })
  await insertConsent(tx, {
    id,
    userId,
    channel: null,
    class: null,
    state: 'withdrawn',
    source: 'opt_out',
    content,
    occurredAt: now,
    createdAt: now,
  })
  const cancelled = await cancelReserved(tx, { userId, withItsNumbers: true, now })
  await audit({
    action: 'contact.opted_out',
    target: { kind: 'user', id: userId },
    after: { cancelled_attempts: cancelled },
  })
}
