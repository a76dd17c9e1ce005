import type { Uuid } from '@hyponema/contract'
import { sql } from 'kysely'
import type { Cursor } from '../../kernel/cursor.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'

export type AuditEventRow = {
  readonly id: Uuid
  readonly action: string
  readonly actorKind: string
  readonly actorId: string
  readonly targetKind: string
  readonly targetId: string
  readonly requestId: string | null
  readonly address: string | null
  readonly userAgent: string | null
  readonly canonical: Buffer
  readonly leafHash: Buffer
  readonly occurredAt: Date
  /** Null until it is sealed. */
  readonly sequence: string | null
}

export type AuditEventFilter = {
  readonly action: string | undefined
  readonly actorId: string | undefined
  readonly targetId: string | undefined
  /** Ids from this one on, and before that one: ids are times. */
  readonly since: Uuid | undefined
  readonly until: Uuid | undefined
}

export async function listAuditEvents(
  tx: WorkspaceTx,
  page: AuditEventFilter & { cursor: Cursor; limit: number },
): Promise<AuditEventRow[]> {
  const { cursor, action, actorId, targetId, since, until } = page
  let query = tx.db
    .selectFrom('tenant.audit_events as e')
    .leftJoin('tenant.audit_seals as s', (join) =>
      join.onRef('s.workspace_id', '=', 'e.workspace_id').onRef('s.event_id', '=', 'e.id'),
    )
    .select([
      'e.id',
      'e.action',
      'e.actor_kind as actorKind',
      'e.actor_id as actorId',
      'e.target_kind as targetKind',
      'e.target_id as targetId',
      'e.request_id as requestId',
      'e.address',
      'e.user_agent as userAgent',
      'e.canonical',
      'e.leaf_hash as leafHash',
      'e.occurred_at as occurredAt',
      's.seq as sequence',
    ])
    .orderBy('e.id', 'desc')
    .limit(page.limit + 1)
  if (cursor !== undefined) query = query.where('e.id', '<', cursor)
  if (action !== undefined) query = query.where('e.action', '=', action)
  if (actorId !== undefined) query = query.where('e.actor_id', '=', actorId)
  if (targetId !== undefined) query = query.where('e.target_id', '=', targetId)
  if (since !== undefined) query = query.where('e.id', '>=', since)
  if (until !== undefined) query = query.where('e.id', '<', until)
  return query.execute()
}

/** What the tree over the log of a workspace has come to. */
export type AuditHead = {
  readonly size: number
  readonly edge: Buffer
  readonly root: Buffer
  /** The newest signed checkpoint, and the tree that it is of. */
  readonly note: string | null
  readonly noteSize: number
  readonly notedAt: Date | null
}

export async function insertHead(tx: WorkspaceTx, root: Buffer): Promise<void> {
  await tx.db
    .insertInto('tenant.audit_heads')
    .values({ workspace_id: tx.workspaceId, root })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

export async function findHead(tx: WorkspaceTx): Promise<AuditHead | undefined> {
  const row = await headQuery(tx).executeTakeFirst()
  return row === undefined ? undefined : renderHead(row)
}

/** Whoever holds it is the one who adds to the tree. */
export async function lockHead(tx: WorkspaceTx): Promise<AuditHead> {
  return renderHead(await headQuery(tx).forUpdate().executeTakeFirstOrThrow())
}

function headQuery(tx: WorkspaceTx) {
  return tx.db
    .selectFrom('tenant.audit_heads')
    .select(['size', 'edge', 'root', 'note', 'note_size as noteSize', 'noted_at as notedAt'])
}

function renderHead<Row extends { size: string; noteSize: string }>(row: Row) {
  return { ...row, size: Number(row.size), noteSize: Number(row.noteSize) }
}

/** The events whose seal is owed, oldest first; they are owed again when this transaction fails. */
export async function takeSeals(tx: WorkspaceTx, most: number): Promise<readonly Uuid[]> {
  const { rows } = await sql<{ ref: Uuid }>`select ref from app.take_seals(${most}) as ref`.execute(tx.db)
  return rows.map(({ ref }) => ref)
}

/** Numbers them from `from` on by their ids, but those that have a number; returns the leaf hashes in that order. */
export async function insertSeals(
  tx: WorkspaceTx,
  { from, eventIds }: { from: number; eventIds: readonly Uuid[] },
): Promise<readonly Buffer[]> {
  const { rows } = await sql<{ leaf_hash: Buffer }>`
    with sealed as (
      insert into tenant.audit_seals (workspace_id, seq, event_id, leaf_hash)
      select e.workspace_id, ${from}::bigint + row_number() over (order by e.id) - 1, e.id, e.leaf_hash
      from tenant.audit_events e
      where e.workspace_id = ${tx.workspaceId} and e.id = any(${[...eventIds]}::uuid[])
        and not exists (
          select from tenant.audit_seals s where s.workspace_id = e.workspace_id and s.event_id = e.id
        )
      returning seq, leaf_hash
    ) select leaf_hash from sealed order by seq`.execute(tx.db)
  return rows.map(({ leaf_hash: hash }) => hash)
}

export async function updateHead(
  tx: WorkspaceTx,
  { size, edge, root, sealedAt }: { size: number; edge: Buffer; root: Buffer; sealedAt: Date },
): Promise<void> {
  await tx.db.updateTable('tenant.audit_heads').set({ size, edge, root, sealed_at: sealedAt }).execute()
}

export async function updateNote(
  tx: WorkspaceTx,
  { note, size, now }: { note: string; size: number; now: Date },
): Promise<void> {
  await tx.db.updateTable('tenant.audit_heads').set({ note, note_size: size, noted_at: now }).execute()
}

/** The leaf hashes from number `from` to before `to`. */
export async function listLeaves(
  tx: WorkspaceTx,
  { from, to }: { from: number; to: number },
): Promise<readonly Buffer[]> {
  const rows = await tx.db
    .selectFrom('tenant.audit_seals')
    .select('leaf_hash')
    .where('seq', '>=', String(from))
    .where('seq', '<', String(to))
    .orderBy('seq')
    .execute()
  return rows.map(({ leaf_hash: hash }) => hash)
}

export async function findSeal(
  tx: WorkspaceTx,
  eventId: Uuid,
): Promise<{ readonly sequence: number; readonly leafHash: Buffer } | undefined> {
  const row = await tx.db
    .selectFrom('tenant.audit_seals')
    .select(['seq', 'leaf_hash as leafHash'])
    .where('event_id', '=', eventId)
    .executeTakeFirst()
  return row === undefined ? undefined : { sequence: Number(row.seq), leafHash: row.leafHash }
}

export async function hasEvent(tx: WorkspaceTx, eventId: Uuid): Promise<boolean> {
  const row = await tx.db.selectFrom('tenant.audit_events').select('id').where('id', '=', eventId).executeTakeFirst()
  return row !== undefined
}

export type SealedEventRow = {
  readonly sequence: number
  readonly eventId: Uuid
  readonly leafHash: Buffer
  /** Null where its body is no longer kept. */
  readonly canonical: Buffer | null
}

export async function listSealedEvents(
  tx: WorkspaceTx,
  { from, to }: { from: number; to: number },
): Promise<readonly SealedEventRow[]> {
  const rows = await tx.db
    .selectFrom('tenant.audit_seals as s')
    .leftJoin('tenant.audit_events as e', (join) =>
      join.onRef('e.workspace_id', '=', 's.workspace_id').onRef('e.id', '=', 's.event_id'),
    )
    .select(['s.seq', 's.event_id as eventId', 's.leaf_hash as leafHash', 'e.canonical'])
    .where('s.seq', '>=', String(from))
    .where('s.seq', '<', String(to))
    .orderBy('s.seq')
    .execute()
  return rows.map(({ seq, ...row }) => ({ ...row, sequence: Number(seq) }))
}

/** Events without a number, or with one that the tree of `size` does not have; oldest first. */
export async function listUncovered(
  tx: WorkspaceTx,
  { size, limit }: { size: number; limit: number },
): Promise<readonly { readonly eventId: Uuid; readonly canonical: Buffer }[]> {
  return tx.db
    .selectFrom('tenant.audit_events as e')
    .leftJoin('tenant.audit_seals as s', (join) =>
      join.onRef('s.workspace_id', '=', 'e.workspace_id').onRef('s.event_id', '=', 'e.id'),
    )
    .select(['e.id as eventId', 'e.canonical'])
    .where((eb) => eb.or([eb('s.seq', 'is', null), eb('s.seq', '>=', String(size))]))
    .orderBy('e.id')
    .limit(limit)
    .execute()
}

/** The month from which on the bodies of events are kept, as its name says; undefined where there is no partition. */
export async function findOldestMonth(tx: WorkspaceTx): Promise<string | undefined> {
  const { rows } = await sql<{ month: string | null }>`
    select min(substring(c.relname from '[0-9]{4}_[0-9]{2}$')) as month
    from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'tenant.audit_events'::regclass`.execute(tx.db)
  return rows[0]?.month?.replace('_', '-')
}

/** The oldest event whose body is kept. */
export async function findOldestEvent(tx: WorkspaceTx): Promise<Uuid | undefined> {
  return (await tx.db.selectFrom('tenant.audit_events').select('id').orderBy('id').limit(1).executeTakeFirst())?.id
}

/** How many events have no number, and the oldest of them. Reads the whole log: a lost dispatch row is found by nothing less. */
export async function countUnsealed(
  tx: WorkspaceTx,
): Promise<{ readonly count: number; readonly oldest: Uuid | undefined }> {
  const { rows } = await sql<{ count: string; oldest: Uuid | null }>`
    select count(*), (min(e.id::text))::uuid as oldest
    from tenant.audit_events e
    where not exists (
      select from tenant.audit_seals s where s.workspace_id = e.workspace_id and s.event_id = e.id
    )`.execute(tx.db)
  const [row] = rows
  return { count: Number(row?.count ?? 0), oldest: row?.oldest ?? undefined }
}

/** How many of these events have a number. */
export async function countSealed(tx: WorkspaceTx, eventIds: readonly Uuid[]): Promise<number> {
  const rows = await tx.db
    .selectFrom('tenant.audit_seals')
    .select('seq')
    .where((eb) => eb('event_id', '=', eb.fn.any(eb.val(eventIds))))
    .execute()
  return rows.length
}
