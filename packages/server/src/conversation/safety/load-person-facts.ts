import type { Uuid } from '@hyponema/contract'
import { listSessionTimes, type SessionTimes } from '../../features/sessions/public.ts'
import { findRestingTopics } from '../../features/topic-cooldowns/public.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'

/** Two days: whatever the zone of the person, its own day lies within. */
const lookBackMs = 2 * 24 * 3_600_000

export type PersonFacts = {
  /** The sessions of the person in the last two days, without this one. */
  readonly earlierSessions: readonly SessionTimes[]
  readonly restingTopics: readonly { readonly topic: string; readonly endsAt: Date }[]
}

/** What rules about time and topics have to know of a person before it says a word. */
export async function loadPersonFacts(
  tx: WorkspaceTx,
  { userId, sessionId, now }: { readonly userId: Uuid; readonly sessionId: Uuid; readonly now: Date },
): Promise<PersonFacts> {
  const since = new Date(now.getTime() - lookBackMs)
  const times = await listSessionTimes(tx, { userId, since })
  const restingTopics = await findRestingTopics(tx, { userId, now })
  return { earlierSessions: times.filter(({ id }) => id !== sessionId), restingTopics }
}
