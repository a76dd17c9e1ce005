import type { Uuid } from '@hyponema/contract'
import type { Cursor } from '../../kernel/cursor.ts'
import type { SealedContent } from '../../platform/crypto/sealed-content.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'

export type UserRow = {
  readonly id: Uuid
  readonly externalId: SealedContent
  readonly profile: SealedContent | null
  readonly timeZone: string | null
  readonly language: string | null
  readonly doNotContact: boolean
  readonly createdAt: Date
  readonly updatedAt: Date
}

const columns = [
  'id',
  'external_id as externalId',
  'profile',
  'time_zone as timeZone',
  'language',
  'do_not_contact as doNotContact',
  'created_at as createdAt',
  'updated_at as updatedAt',
] as const

/** False when the external id is taken in this workspace; another workspace's ids cannot be noticed here. */
export async function insertUser(
  tx: WorkspaceTx,
  user: Pick<UserRow, 'id' | 'externalId' | 'profile' | 'timeZone' | 'language' | 'doNotContact'> & {
    externalIdIndex: Buffer
  },
): Promise<boolean> {
  const inserted = await tx.db
    .insertInto('tenant.users')
    .values({
      workspace_id: tx.workspaceId,
      id: user.id,
      external_id_index: user.externalIdIndex,
      external_id: user.externalId,
      profile: user.profile,
      time_zone: user.timeZone,
      language: user.language,
      do_not_contact: user.doNotContact,
    })
    .onConflict((conflict) => conflict.columns(['workspace_id', 'external_id_index']).doNothing())
    .returning('id')
    .executeTakeFirst()
  return inserted !== undefined
}

export async function findUser(tx: WorkspaceTx, id: Uuid): Promise<UserRow | undefined> {
  return tx.db.selectFrom('tenant.users').select(columns).where('id', '=', id).executeTakeFirst()
}

export async function findUserByExternalId(tx: WorkspaceTx, externalIdIndex: Buffer): Promise<UserRow | undefined> {
  return tx.db
    .selectFrom('tenant.users')
    .select(columns)
    .where('external_id_index', '=', externalIdIndex)
    .executeTakeFirst()
}

export async function listUsers(tx: WorkspaceTx, page: { cursor: Cursor; limit: number }): Promise<UserRow[]> {
  let query = tx.db
    .selectFrom('tenant.users')
    .select(columns)
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
  if (page.cursor !== undefined) query = query.where('id', '<', page.cursor)
  return query.execute()
}

export async function updateUserRow(
  tx: WorkspaceTx,
  change: { id: Uuid; now: Date } & Pick<UserRow, 'profile' | 'timeZone' | 'language' | 'doNotContact'>,
): Promise<void> {
  await tx.db
    .updateTable('tenant.users')
    .set({
      profile: change.profile,
      time_zone: change.timeZone,
      language: change.language,
      do_not_contact: change.doNotContact,
      updated_at: change.now,
    })
    .where('id', '=', change.id)
    .execute()
}

/** Holds the user's row until the transaction ends. Rows that only refer to the user do not wait for it. */
export async function lockUser(tx: WorkspaceTx, id: Uuid): Promise<void> {
  await tx.db.selectFrom('tenant.users').select('id').where('id', '=', id).forNoKeyUpdate().execute()
}

/** Whether one of these people wants no contact. */
export async function isAnyMarked(tx: WorkspaceTx, ids: readonly Uuid[]): Promise<boolean> {
  const row = await tx.db
    .selectFrom('tenant.users')
    .select('id')
    .where((eb) => eb('id', '=', eb.fn.any(eb.val(ids))))
    .where('do_not_contact', '=', true)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** The person wants no contact any more. Nothing else of it changes. */
export async function setDoNotContact(tx: WorkspaceTx, change: { id: Uuid; now: Date }): Promise<void> {
  await tx.db
    .updateTable('tenant.users')
    .set({ do_not_contact: true, updated_at: change.now })
    .where('id', '=', change.id)
    .execute()
}
