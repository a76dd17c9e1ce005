import { encodeId, type Uuid } from '@hyponema/contract'
import type { ContentKeys, UserContentKey } from '../../guards/content-keys.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { readAsked, type Talk, type TalkTurn } from '../policies/public.ts'
import { listTurns, openToolCalls, openTurnText } from '../turns/public.ts'
import { openDecision } from './seal-decision.ts'
import { listDecisions } from './store.ts'

/** More turns than an agent may have, and more decisions than a talk needs. */
const maxRows = 1000

/** A whole talk opened: turns with what was decided about them. Undefined when the key of its person is gone. */
export async function readTalk(
  tx: WorkspaceTx,
  contentKeys: ContentKeys,
  session: { readonly id: Uuid; readonly userId: Uuid },
): Promise<Talk | undefined> {
  const turns = await listTurns(tx, { sessionId: session.id, cursor: undefined, limit: maxRows })
  const decisions = await listDecisions(tx, { sessionId: session.id, cursor: undefined, limit: maxRows })
  const key = await keyOf(tx, contentKeys, session.userId)
  if (key === undefined) return undefined
  try {
    const decided = Map.groupBy(
      decisions.toReversed().filter(({ mode }) => mode === 'enforce'),
      ({ turnId }) => turnId,
    )
    return {
      sessionId: encodeId('session', session.id),
      turns: turns.map((turn): TalkTurn => {
        const text = openTurnText(key, turn.id, turn.content, 'review')
        return {
          id: encodeId('turn', turn.id),
          userText: turn.role === 'user' ? text : null,
          agentText: turn.role === 'agent' ? text : null,
          calls: openToolCalls(key, turn.id, turn.toolPayloads, 'review').map((call) => ({
            tool: call.name,
            arguments: parsed(call.arguments),
          })),
          decided: (decided.get(turn.id) ?? []).map((row) => {
            const content = row.content === null ? undefined : openDecision(key, row.id, row.content, 'review')
            return {
              stage: row.stage,
              action: row.action,
              rule_ids: [...row.ruleIds],
              asked: content?.asked == null ? null : readAsked(content.asked),
              blockedText: content?.blocked_text ?? null,
            }
          }),
        }
      }),
    }
  } finally {
    key.destroy()
  }
}

async function keyOf(tx: WorkspaceTx, contentKeys: ContentKeys, userId: Uuid): Promise<UserContentKey | undefined> {
  try {
    return await contentKeys.forUser(tx, userId)
  } catch (error) {
    if (error instanceof AppError && error.code === 'keyring.key_missing') return undefined
    throw error
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
