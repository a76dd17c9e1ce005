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
import { findNewestTurn, listTalk, type TalkTurn } from '../turns/public.ts'
import { keepClaim } from './keep-claim.ts'
import { findClaimed } from './require-claim.ts'
import { openMessage } from './seal-message.ts'
import {
  findNewestMessage,
  listOfSession,
  listSpokenTurns,
  listWaitingMessages,
  type MessageRow,
  maxWaiting,
} from './store.ts'

type Message = z.infer<typeof talkMessageSchema>

/** `data` is absent where nothing was said or written since `seen`, which is the `mark` of an earlier reading. */
export type ReadTalk = { readonly mark: string; readonly data?: readonly Message[] }

/**
 * The talk, oldest first, the end of a long one; then what the operator wrote and the session has not said yet. Locks nothing: a
 * page looks every few seconds, and the session writes its turns beside it. Turns are written once, and a message is said with a
 * turn, so that the newest of both tell whether anything has changed.
 */
export async function readTalk(
  tx: WorkspaceTx,
  input: {
    readonly principal: Principal
    readonly id: Uuid
    readonly contentKeys: ContentKeys
    readonly clock: Clock
    readonly seen?: string | undefined
  },
): Promise<ReadTalk> {
  const row = await findClaimed(tx, input.principal, input.id)
  await keepClaim(tx, row, input.clock.nowMs())
  const escalations = (await listOfSession(tx, row.sessionId)).map(({ id }) => id)
  const newest = [await findNewestTurn(tx, row.sessionId), await findNewestMessage(tx, escalations)]
  const mark = [row.id, ...newest.map((id) => id ?? '')].join(' ')
  if (mark === input.seen) return { mark }
  const key = await input.contentKeys.forUser(tx, row.userId)
  try {
    const turns = await listTalk(tx, row.sessionId, key)
    const spoken = await listSpokenTurns(tx, { escalations, turns: turns.map(({ id }) => id) })
    const messages = await listWaitingMessages(tx, { escalations, most: maxWaiting })
    const data = [
      ...turns.filter(({ text }) => text !== '').map((turn) => saidIn(turn, spoken.has(turn.id))),
      ...messages.map((message) => waiting(message, key)),
    ]
    return { mark, data }
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
