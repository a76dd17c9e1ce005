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
}

export async function listAuditEvents(
  tx: WorkspaceTx,
  page: { cursor: Cursor; limit: number; action: string | undefined },
): Promise<AuditEventRow[]> {
  let query = tx.db
    .selectFrom('tenant.audit_events')
    .select([
      'id',
      'action',
      'actor_kind as actorKind',
      'actor_id as actorId',
      'target_kind as targetKind',
      'target_id as targetId',
      'request_id as requestId',
      'address',
      'user_agent as userAgent',
      'canonical',
      'leaf_hash as leafHash',
      'occurred_at as occurredAt',
    ])
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
  if (page.cursor !== undefined) query = query.where('id', '<', page.cursor)
  if (page.action !== undefined) query = query.where('action', '=', page.action)
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
  readonly publishedSize: number
  readonly publishedAt: Date | null
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
    .select([
      'size',
      'edge',
      'root',
      'note',
      'note_size as noteSize',
      'noted_at as notedAt',
      'published_size as publishedSize',
      'published_at as publishedAt',
    ])
}

function renderHead<Row extends { size: string; noteSize: string; publishedSize: string }>(row: Row) {
  return {
    ...row,
    size: Number(row.size),
    noteSize: Number(row.noteSize),
    publishedSize: Number(row.publishedSize),
  }
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
