import type { createConsentSchema, Uuid } from '@hyponema/contract'
import type { z } from 'zod'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import type { ContentKeys } from '../../guards/content-keys.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { NewId } from '../../kernel/new-id.ts'
import { notFound } from '../../kernel/path-id.ts'
import { findUser, lockUser } from '../users/public.ts'
import { sealConsent } from './seal-contact.ts'
import { cancelReserved, insertConsent } from './store.ts'

export type RecordConsent = {
  readonly userId: Uuid
  readonly body: z.infer<typeof createConsentSchema>
  readonly clock: Clock
  readonly newId: NewId
  readonly contentKeys: ContentKeys
}

/** Adds what a person agreed to, or took back. What is taken back also cancels what is reserved of its channel and class. */
export async function recordConsent(tx: AuditedTx, input: RecordConsent): Promise<Uuid> {
  const { userId, body, newId } = input
  if ((await findUser(tx, userId)) === undefined) throw notFound('user')
  await lockUser(tx, userId)
  const now = new Date(input.clock.nowMs())
  const occurredAt = body.at === undefined ? now : new Date(body.at)
  if (occurredAt > now) {
    throw new AppError('request.invalid', 'a consent in the future', {
      errors: [{ pointer: '/at', detail: 'expected an instant that is not in the future' }],
    })
  }
  const id = newId()
  const content = await sealConsent(tx, input.contentKeys, { id, userId, proof: body.proof, version: body.version })
  const { channel, class: ofClass, state } = body
  await insertConsent(tx, {
    id,
    userId,
    channel,
    class: ofClass,
    state,
    source: 'api',
    content,
    occurredAt,
    createdAt: now,
  })
  const cancelled = state === 'withdrawn' ? await cancelReserved(tx, { userId, channel, class: ofClass, now }) : 0
  await tx.audit({
    action: state === 'given' ? 'consent.given' : 'consent.withdrawn',
    target: { kind: 'user', id: userId },
    after: { channel, class: ofClass, cancelled_attempts: cancelled },
  })
  return id
}
