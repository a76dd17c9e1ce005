/**
 * Threat: whoever may see the queue reads what people said.
 * Rule: the talk is open to the one who has claimed it, while it is claimed; the claim stands in the audit log. Anybody else reads
 * turns by their own route, which is audited each time.
 * On failure: escalation.not_claimed, escalation.claimed or escalation.resolved.
 */
import { encodeId, type talkMessageSchema, type Uuid } from '@hyponema/contract'
import type { z } from 'zod'
import type { ContentKeys, UserContentKey } from '../../guards/content-keys.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { listTalk, type TalkTurn } from '../turns/public.ts'
import { keepClaim } from './keep-claim.ts'
import { lockClaimed } from './require-claim.ts'
import { openMessage } from './seal-message.ts'
import { listMessages, listOfSession, type MessageRow } from './store.ts'

type Message = z.infer<typeof talkMessageSchema>

/** The talk, oldest first, the end of a long one; then what the operator wrote and the session has not said yet. */
export async function readTalk(
  tx: WorkspaceTx,
  input: {
    readonly principal: Principal
    readonly id: Uuid
    readonly contentKeys: ContentKeys
    readonly clock: Clock
  },
): Promise<readonly Message[]> {
  const row = await lockClaimed(tx, input.principal, { id: input.id })
  await keepClaim(tx, row, input.clock.nowMs())
  const all = (await listOfSession(tx, row.sessionId)).map(({ id }) => id)
  const messages = await listMessages(tx, { escalations: all, waiting: false })
  const byTurn = new Map(messages.flatMap((message) => (message.turnId === null ? [] : [[message.turnId, message]])))
  const key = await input.contentKeys.forUser(tx, row.userId)
  try {
    const turns = await listTalk(tx, row.sessionId, key)
    return [
      ...turns.filter(({ text }) => text !== '').map((turn) => saidIn(turn, byTurn.has(turn.id))),
      ...messages.filter(({ turnId }) => turnId === null).map((message) => waiting(message, key)),
    ]
  } finally {
    key.destroy()
  }
}

function saidIn({ id, role, text, startedAt }: TalkTurn, isOperators: boolean): Message {
  const created_at = startedAt.toISOString()
  return { id: encodeId('turn', id), role: isOperators ? 'operator' : role, text, is_delivered: true, created_at }
}

function waiting({ id, content, createdAt }: MessageRow, key: UserContentKey): Message {
  const text = openMessage(key, id, content, 'review')
  const created_at = createdAt.toISOString()
  return { id: encodeId('escalationMessage', id), role: 'operator', text, is_delivered: false, created_at }
}
