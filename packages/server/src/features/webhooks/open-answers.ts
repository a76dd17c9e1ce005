import type { Uuid } from '@hyponema/contract'
import type { ContentKeys } from '../../guards/content-keys.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import type { AttemptRow } from './store.ts'

/**
 * What endpoints answered, by attempt: sealed under the key of the event's person, or of the workspace where it is about
 * nobody. An answer whose person was erased is gone with the key, so it is not in the map.
 */
export async function openAnswers(
  tx: WorkspaceTx,
  attempts: readonly AttemptRow[],
  contentKeys: ContentKeys,
): Promise<ReadonlyMap<Uuid, string>> {
  const answered = attempts.flatMap(({ id, userId, answer }) => (answer === null ? [] : [{ id, userId, answer }]))
  const ofUsers = await contentKeys.forUsers(
    tx,
    answered.map(({ userId }) => userId),
  )
  const answers = new Map<Uuid, string>()
  for (const [userId, group] of Map.groupBy(answered, (attempt) => attempt.userId)) {
    const key = userId === null ? await contentKeys.forWorkspace(tx) : ofUsers.get(userId)?.()
    if (key === undefined) continue
    try {
      for (const { id, answer } of group)
        answers.set(id, key.open({ table: 'webhook_attempts', column: 'answer', rowId: id }, answer, 'review'))
    } finally {
      key.destroy()
    }
  }
  return answers
}
