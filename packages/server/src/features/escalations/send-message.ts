import type { Uuid } from '@hyponema/contract'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import type { ContentKeys } from '../../guards/content-keys.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { NewId } from '../../kernel/new-id.ts'
import type { Principal } from '../../kernel/principal.ts'
import { principalName } from '../../kernel/principal-name.ts'
import { findSession } from '../sessions/public.ts'
import { keepClaim } from './keep-claim.ts'
import { lockClaimed } from './require-claim.ts'
import { sealMessage } from './seal-message.ts'
import { insertMessage, listWaitingMessages, maxWaiting } from './store.ts'

/** Says something to the person. The session's owner says it when it can; until then it waits, and `is_delivered` is false. */
export async function sendMessage(
  tx: AuditedTx,
  input: {
    readonly principal: Principal
    readonly id: Uuid
    readonly text: string
    readonly clock: Clock
    readonly newId: NewId
    readonly contentKeys: ContentKeys
  },
): Promise<Uuid> {
  const row = await lockClaimed(tx, input.principal, { id: input.id })
  const session = await findSession(tx, row.sessionId)
  if (session === undefined || session.endedAt !== null) throw new AppError('session.not_live', 'the session has ended')
  const waiting = await listWaitingMessages(tx, { escalations: [row.id], most: maxWaiting })
  if (waiting.length >= maxWaiting)
    throw new AppError('escalation.too_many_messages', `${waiting.length} messages wait to be said`)
  await keepClaim(tx, row, input.clock.nowMs())
  const messageId = input.newId()
  const key = await input.contentKeys.forUser(tx, row.userId)
  try {
    await insertMessage(tx, {
      id: messageId,
      escalationId: row.id,
      author: principalName(input.principal).id,
      content: sealMessage(key, messageId, input.text),
      createdAt: new Date(input.clock.nowMs()),
    })
  } finally {
    key.destroy()
  }
  await tx.signal('escalation', row.sessionId)
  await tx.audit({
    action: 'escalation.answered',
    target: { kind: 'escalation', id: row.id },
    after: { characters: input.text.length },
  })
  return messageId
}
