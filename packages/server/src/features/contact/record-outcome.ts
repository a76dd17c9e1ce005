import type { contactOutcomeSchema, Uuid } from '@hyponema/contract'
import type { z } from 'zod'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import type { ContentKeys } from '../../guards/content-keys.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { NewId } from '../../kernel/new-id.ts'
import type { Principal } from '../../kernel/principal.ts'
import { lockUser } from '../users/public.ts'
import { findReadableAttempt } from './find-readable-attempt.ts'
import { recordOptOut } from './record-opt-out.ts'
import { lockAttempt, setAttemptState } from './store.ts'

export type RecordOutcome = {
  readonly id: Uuid
  readonly body: z.infer<typeof contactOutcomeSchema>
  readonly principal: Principal
  readonly clock: Clock
  readonly newId: NewId
  readonly contentKeys: ContentKeys
}

/** What became of an attempt. `placed` says that it rings; what comes after it is the outcome. The same outcome twice is one. */
export async function recordOutcome(tx: AuditedTx, input: RecordOutcome): Promise<Uuid> {
  const { id, body, clock } = input
  const { userId } = await findReadableAttempt(tx, input.principal, id)
  // The person first, as everywhere: an opt-out cancels what is reserved behind the same lock.
  await lockUser(tx, userId)
  const attempt = await lockAttempt(tx, id)
  const isSame = attempt?.state === body.outcome
  if (isSame && !body.do_not_contact) return tx.withoutChange(id)
  const isOpen = attempt?.state === 'reserved' || attempt?.state === 'placed'
  const now = new Date(clock.nowMs())
  if (!isSame && !isOpen) {
    // What became of it is settled; what the person wishes is heard all the same.
    if (!body.do_not_contact) throw new AppError('contact.settled', `an attempt that is ${attempt?.state ?? 'gone'}`)
    await recordOptOut(tx, { ...input, userId, now, audit: tx.audit })
    return id
  }
  // When it rang is when it counts; what is said of it later does not move that.
  const reportedAt = attempt.reportedAt ?? now
  await setAttemptState(tx, { id, state: body.outcome, reportedAt })
  await tx.audit({
    action: 'contact.reported',
    target: { kind: 'contactAttempt', id },
    before: { state: attempt.state },
    after: { state: body.outcome },
  })
  if (body.do_not_contact) await recordOptOut(tx, { ...input, userId, now, audit: tx.audit })
  return id
}
