/**
 * Threat: whoever may write users gives one of them topics without end, and each turn of that user reads them all.
 * Rule: by the API a user gets no more than 500 topics, those that no longer rest too. What a conversation begins is bounded by the
 * rules of its policies and is never refused.
 * On failure: topic_cooldown.too_many; nothing is written.
 */
import type { Uuid } from '@hyponema/contract'
import { AppError } from '../../kernel/app-error.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { lockUser } from '../users/public.ts'
import { countOtherTopics } from './store.ts'

/** Ten policies with fifty topics each. */
const maxTopics = 500

export async function requireRoom(
  tx: WorkspaceTx,
  asked: { readonly userId: Uuid; readonly topic: string },
): Promise<void> {
  // Of two that are begun at once the second counts the first.
  await lockUser(tx, asked.userId)
  if ((await countOtherTopics(tx, asked)) >= maxTopics)
    throw new AppError('topic_cooldown.too_many', `the user has ${maxTopics} topics`)
}
