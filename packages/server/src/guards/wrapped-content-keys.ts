/**
 * Threat: a move under a newer epoch key overwrites what somebody changed meanwhile, or brings an erased key back.
 * Rule: only the wrap and the id of its key change, where the row is still under the key that it was read under.
 * On failure: the row stays as it is and opens as before.
 */
import { encodeId, parseUuid, type Uuid } from '@hyponema/contract'
import { sql } from 'kysely'
import { AppError } from '../kernel/app-error.ts'
import type { Place, WrappedRows } from '../platform/postgres/wrapped-rows.ts'
import { userKeyContext } from './content-keys.ts'
import { workspaceKeyContext } from './workspace-keys.ts'

/** The data keys of users, which content-keys.ts makes. */
export const wrappedUserKeys: WrappedRows = {
  purpose: 'epoch',
  what: 'keys of users',
  nameOf: (place) => `user ${encodeId('user', idOf(place))}`,
  count: (tx) =>
    tx.db
      .selectFrom('tenant.user_keys')
      .select(['epoch_key_id as keyId', sql<number>`count(*)::integer`.as('rows')])
      .groupBy('epoch_key_id')
      .execute(),
  page: async (tx, { keyId, after, limit }) => {
    let query = tx.db
      .selectFrom('tenant.user_keys')
      .select(['user_id', 'wrapped_key'])
      .where('epoch_key_id', '=', keyId)
      .orderBy('user_id')
      .limit(limit)
    if (after !== undefined) query = query.where('user_id', '>', idOf(after))
    return (await query.execute()).map(({ user_id: id, wrapped_key: bytes }) => ({
      place: [id],
      bytes,
      context: userKeyContext(tx.workspaceId, id),
    }))
  },
  move: async (tx, { from, moved }) => {
    const result = await sql`update tenant.user_keys k set wrapped_key = m.wrapped_key, epoch_key_id = m.key_id
      from unnest(${moved.map(({ place }) => idOf(place))}::uuid[], ${moved.map(({ wrapped }) => wrapped.bytes)}::bytea[],
        ${moved.map(({ wrapped }) => wrapped.keyId)}::text[], ${moved.map(() => from)}::text[])
        as m (user_id, wrapped_key, key_id, from_key_id)
      where k.user_id = m.user_id and k.epoch_key_id = m.from_key_id`.execute(tx.db)
    return Number(result.numAffectedRows ?? 0n)
  },
}

/** The keys of a workspace as a whole: of its blind index, and of content that is about nobody. */
export const wrappedWorkspaceKeys: WrappedRows = {
  purpose: 'epoch',
  what: 'keys of workspaces',
  nameOf: ([id, purpose]) => `key ${id} of the workspace, for ${purpose}`,
  count: (tx) =>
    tx.db
      .selectFrom('tenant.workspace_keys')
      .select(['key_id as keyId', sql<number>`count(*)::integer`.as('rows')])
      .groupBy('key_id')
      .execute(),
  page: async (tx, { keyId, after, limit }) => {
    let query = tx.db
      .selectFrom('tenant.workspace_keys')
      .select(['id', 'purpose', 'wrapped_key'])
      .where('key_id', '=', keyId)
      .orderBy('id')
      .limit(limit)
    if (after !== undefined) query = query.where('id', '>', idOf(after))
    return (await query.execute()).map(({ id, purpose, wrapped_key: bytes }) => ({
      place: [id, purpose],
      bytes,
      context: workspaceKeyContext(tx.workspaceId, purpose),
    }))
  },
  move: async (tx, { from, moved }) => {
    const result = await sql`update tenant.workspace_keys k set wrapped_key = m.wrapped_key, key_id = m.key_id
      from unnest(${moved.map(({ place }) => idOf(place))}::uuid[], ${moved.map(({ wrapped }) => wrapped.bytes)}::bytea[],
        ${moved.map(({ wrapped }) => wrapped.keyId)}::text[], ${moved.map(() => from)}::text[])
        as m (id, wrapped_key, key_id, from_key_id)
      where k.id = m.id and k.key_id = m.from_key_id`.execute(tx.db)
    return Number(result.numAffectedRows ?? 0n)
  },
}

function idOf([text = '']: Place): Uuid {
  const id = parseUuid(text)
  if (id === undefined) throw new AppError('server.internal', 'the place of a wrapped key is no id')
  return id
}
