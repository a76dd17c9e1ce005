import type { TopicCooldownReason, Uuid } from '@hyponema/contract'
import type { Cursor } from '../../kernel/cursor.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'

export type TopicCooldownRow = {
  readonly id: Uuid
  readonly userId: Uuid
  /** The rule id of the topic. */
  readonly topic: string
  readonly reason: TopicCooldownReason
  readonly startedAt: Date
  readonly endsAt: Date
  /** jsonb, not checked yet. */
  readonly causes: unknown
  readonly createdBy: string | null
}

const columns = [
  'id',
  'user_id as userId',
  'topic',
  'reason',
  'started_at as startedAt',
  'ends_at as endsAt',
  'causes',
  'created_by as createdBy',
] as const

/** One row a person and topic. */
export async function putTopicCooldown(
  tx: WorkspaceTx,
  row: Omit<TopicCooldownRow, 'causes'> & { readonly causes: string; readonly now: Date },
): Promise<void> {
  const { reason, startedAt: started_at, endsAt: ends_at, causes, createdBy: created_by } = row
  const changed = { reason, started_at, ends_at, causes, created_by }
  await tx.db
    .insertInto('tenant.topic_cooldowns')
    .values({
      workspace_id: tx.workspaceId,
      id: row.id,
      user_id: row.userId,
      topic: row.topic,
      ...changed,
      created_at: row.now,
      updated_at: row.now,
    })
    .onConflict((conflict) =>
      conflict.columns(['workspace_id', 'user_id', 'topic']).doUpdateSet({ ...changed, updated_at: row.now }),
    )
    .execute()
}

export async function findTopicCooldown(tx: WorkspaceTx, id: Uuid): Promise<TopicCooldownRow | undefined> {
  return tx.db.selectFrom('tenant.topic_cooldowns').select(columns).where('id', '=', id).executeTakeFirst()
}

export async function findTopicCooldownOf(
  tx: WorkspaceTx,
  { userId, topic }: Pick<TopicCooldownRow, 'userId' | 'topic'>,
): Promise<TopicCooldownRow | undefined> {
  return tx.db
    .selectFrom('tenant.topic_cooldowns')
    .select(columns)
    .where('user_id', '=', userId)
    .where('topic', '=', topic)
    .executeTakeFirst()
}

/** Newest first, those that are over too. */
export async function listTopicCooldowns(
  tx: WorkspaceTx,
  page: { readonly userId: Uuid; readonly cursor: Cursor; readonly limit: number },
): Promise<TopicCooldownRow[]> {
  let query = tx.db
    .selectFrom('tenant.topic_cooldowns')
    .select(columns)
    .where('user_id', '=', page.userId)
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
  if (page.cursor !== undefined) query = query.where('id', '<', page.cursor)
  return query.execute()
}

export async function countOtherTopics(
  tx: WorkspaceTx,
  { userId, topic }: Pick<TopicCooldownRow, 'userId' | 'topic'>,
): Promise<number> {
  const row = await tx.db
    .selectFrom('tenant.topic_cooldowns')
    .select((columns) => columns.fn.countAll<string>().as('count'))
    .where('user_id', '=', userId)
    .where('topic', '<>', topic)
    .executeTakeFirst()
  return Number(row?.count ?? 0)
}

/** Twice what the API lets a user have: room for what conversations begin. */
const mostResting = 1000

/** Rule ids of the topics that rest for this person at this time, and until when; of more than any policy has, those that rest longest. */
export async function findRestingTopics(
  tx: WorkspaceTx,
  { userId, now }: { readonly userId: Uuid; readonly now: Date },
): Promise<readonly Pick<TopicCooldownRow, 'topic' | 'endsAt'>[]> {
  return tx.db
    .selectFrom('tenant.topic_cooldowns')
    .select(['topic', 'ends_at as endsAt'])
    .where('user_id', '=', userId)
    .where('ends_at', '>', now)
    .orderBy('ends_at', 'desc')
    .limit(mostResting)
    .execute()
}

export async function deleteTopicCooldown(tx: WorkspaceTx, id: Uuid): Promise<boolean> {
  const gone = await tx.db.deleteFrom('tenant.topic_cooldowns').where('id', '=', id).returning('id').executeTakeFirst()
  return gone !== undefined
}

/** Removes what no longer rests since before `before`, but of those who are held. Returns how many. */
export async function deleteOldCooldowns(
  tx: WorkspaceTx,
  { before, heldUsers }: { readonly before: Date; readonly heldUsers: readonly Uuid[] },
): Promise<number> {
  const [done] = await tx.db
    .deleteFrom('tenant.topic_cooldowns')
    .where('ends_at', '<', before)
    .where((eb) => eb.not(eb('user_id', '=', eb.fn.any(eb.val(heldUsers)))))
    .execute()
  return Number(done?.numDeletedRows ?? 0)
}
