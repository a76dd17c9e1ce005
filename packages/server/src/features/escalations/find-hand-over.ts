import type { Uuid } from '@hyponema/contract'
import type { UserContentKey } from '../../guards/content-keys.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { openMessage } from './seal-message.ts'
import { type EscalationRow, listOfSession, listWaitingMessages, maxWaiting } from './store.ts'

/** Of the calls of one talk that came after one another; what comes behind them is read when these were said. */
const maxUnsaid = 5 * maxWaiting

/** What the owner of a session needs to know: who was called, who came, and what is to be said for them. */
export type FoundHandOver = {
  readonly escalations: readonly EscalationRow[]
  readonly messages: readonly { readonly id: Uuid; readonly text: string }[]
}

export async function findHandOver(tx: WorkspaceTx, sessionId: Uuid, key: UserContentKey): Promise<FoundHandOver> {
  const escalations = await listOfSession(tx, sessionId)
  // Who writes and gives back at once has said it all the same.
  const rows = await listWaitingMessages(tx, { escalations: escalations.map(({ id }) => id), most: maxUnsaid })
  const messages = rows.map(({ id, content }) => ({ id, text: openMessage(key, id, content, 'conversation') }))
  return { escalations, messages }
}
