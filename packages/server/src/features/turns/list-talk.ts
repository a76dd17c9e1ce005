import type { Uuid } from '@hyponema/contract'
import type { UserContentKey } from '../../guards/content-keys.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { openTurnText } from './seal-turn.ts'
import { listLastTurns, type TurnRow } from './store.ts'

/** Whoever takes a talk over reads its end; a talk of more turns than that has a page of its own. */
const maxTurns = 200

export type TalkTurn = Pick<TurnRow, 'id' | 'role' | 'startedAt'> & { readonly text: string }

/** The last turns of a session with their words, oldest first. */
export async function listTalk(tx: WorkspaceTx, sessionId: Uuid, key: UserContentKey): Promise<readonly TalkTurn[]> {
  const rows = await listLastTurns(tx, { sessionId, most: maxTurns })
  return rows.map(({ id, role, startedAt, content }) => ({
    id,
    role,
    startedAt,
    text: openTurnText(key, id, content, 'review'),
  }))
}
